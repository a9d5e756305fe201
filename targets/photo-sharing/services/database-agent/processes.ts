import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/**
 * The processes of a PostgreSQL whose data is in `cluster`. Each backend is in a process group of its own, so a group
 * does not reach them; but all of them stay in the data directory. Where there is no /proc: the postmaster's children.
 */
export function postgresProcesses(cluster: string, postmaster: number | undefined): number[] {
  try {
    const inCluster = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && isInDirectory(name, cluster))
      .map(Number);
    // Our own child counts even where nobody tells us what directory it works in: a container may forbid the look.
    const known = postmaster !== undefined && !inCluster.includes(postmaster) && isAlive(postmaster, 'postgres');
    return known ? [postmaster, ...inCluster] : inCluster;
  } catch {
    return postmaster === undefined ? [] : [postmaster, ...childrenOf(postmaster)];
  }
}

/** The pid that a running or dead postmaster has left in its data directory. */
export function recordedPostmaster(cluster: string): number | undefined {
  try {
    const pid = Number(readFileSync(`${cluster}/postmaster.pid`, 'utf8').split('\n')[0]);
    return Number.isInteger(pid) && pid > 1 ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** Sends the signal to whichever of them still exist. */
export function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended meanwhile.
    }
  }
}

function isInDirectory(pid: string, directory: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === directory && isAlive(Number(pid), '');
  } catch {
    return false;
  }
}

/** Under a name that begins so. A zombie has ended; only its parent has not looked yet. */
function isAlive(pid: number, name: string): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.startsWith(`${pid} (${name}`) && !/^\d+ \(.*\) Z/.test(stat);
  } catch {
    return false;
  }
}

function childrenOf(parent: number): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  const pairs = lines.map((line) => line.trim().split(/\s+/).map(Number));
  return pairs.flatMap(([pid, owner]) => (owner === parent && pid !== undefined ? [pid] : []));
}
