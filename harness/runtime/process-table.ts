import { execFile, execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { uptime } from 'node:os';
import { sep } from 'node:path';
import { promisify } from 'node:util';

/** A process that cannot be mistaken for a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Linux: clock ticks from boot to start. Elsewhere: the start time as `ps` prints it, in whole seconds. */
  readonly startTime: string;
}

/** One living process, as the operating system describes it. */
export interface ProcessEntry extends ProcessIdentity {
  readonly parent: number;
  readonly stopped: boolean;
  /** Its working directory, where the platform tells. */
  readonly directory: string | null;
  /** Its command line, only where the platform does not tell the working directory. */
  readonly command: string;
  readonly hasTerminal: boolean;
}

/** Everything that runs on this machine at one moment; processes that have ended but are not yet reaped are left out. */
export async function listProcesses(): Promise<ProcessEntry[]> {
  if (process.platform === 'linux') return listFromProc();
  const { stdout } = await promisify(execFile)('ps', ['-A', '-ww', '-o', PS_COLUMNS], { maxBuffer: 2 ** 26 });
  return stdout.split('\n').flatMap(parsePsLine);
}

/** When a process started, or null when there is none with that number. */
export function startTimeOf(pid: number): string | null {
  if (process.platform === 'linux') return readStat(pid)?.startTime ?? null;
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return null;
  }
}

/**
 * The start of a process in milliseconds since 1970: to the hundredth of a second on Linux, elsewhere to the second.
 * Always the same for the same process.
 */
export function startedAtMsOf({ startTime }: Pick<ProcessIdentity, 'startTime'>): number {
  if (process.platform !== 'linux') return Date.parse(startTime);
  return Math.round(BOOTED_AT_MS + (Number(startTime) / TICKS_PER_SECOND) * 1000);
}

/** USER_HZ, which is 100 on every Linux that Node runs on. */
export const TICKS_PER_SECOND = 100;
/** Measured once: two measurements would differ a little. */
const BOOTED_AT_MS = performance.timeOrigin + performance.now() - uptime() * 1000;

/** Whether exactly this process still runs. */
export function isAlive({ pid, startTime }: ProcessIdentity): boolean {
  return startTimeOf(pid) === startTime;
}

/**
 * The processes that belong to a directory of ours: those that were recorded when they were started, those that work
 * inside the directory, and all their descendants. A process group would not do: PostgreSQL's children leave theirs.
 * Whoever has a terminal is a person looking around and is spared, and so is whoever runs this.
 */
export function processesOf(
  table: readonly ProcessEntry[],
  { directory, recorded }: { directory: string; recorded: readonly ProcessIdentity[] },
): ProcessEntry[] {
  const startTimes = new Map(recorded.map(({ pid, startTime }) => [pid, startTime]));
  const spared = ancestry(table, process.pid);
  const members = new Set<number>();
  for (const entry of table) {
    const known = startTimes.get(entry.pid) === entry.startTime;
    if (known || (worksIn(entry, directory) && !entry.hasTerminal)) members.add(entry.pid);
  }
  for (let grown = true; grown; ) {
    const before = members.size;
    for (const { pid, parent } of table) if (members.has(parent)) members.add(pid);
    grown = members.size > before;
  }
  return table.filter(({ pid }) => members.has(pid) && !spared.has(pid));
}

/** A process and whoever started it, up to the first. */
function ancestry(table: readonly ProcessEntry[], pid: number): Set<number> {
  const parents = new Map(table.map((entry) => [entry.pid, entry.parent]));
  const found = new Set<number>();
  for (let current: number | undefined = pid; current && !found.has(current); current = parents.get(current)) {
    found.add(current);
  }
  return found;
}

function worksIn(entry: ProcessEntry, directory: string): boolean {
  if (entry.directory === null) return entry.command.includes(directory + sep);
  // Linux appends " (deleted)" when the folder is gone already.
  return (
    entry.directory === directory || [sep, ' (deleted)'].some((end) => entry.directory?.startsWith(directory + end))
  );
}

function listFromProc(): ProcessEntry[] {
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name);
    const stat = Number.isInteger(pid) ? readStat(pid) : null;
    return stat === null ? [] : [{ ...stat, directory: workingDirectory(pid), command: '' }];
  });
}

/** See proc_pid_stat(5): the name in brackets may hold anything, so fields are counted from the last bracket on. */
function readStat(pid: number): Omit<ProcessEntry, 'directory' | 'command'> | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return null;
  }
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state = '', parent] = fields;
  if ('ZX'.includes(state)) return null;
  return {
    pid,
    parent: Number(parent),
    stopped: state === 'T' || state === 't',
    startTime: fields[19] ?? '',
    hasTerminal: fields[4] !== '0',
  };
}

/** Null when it is nobody's business: a kernel thread, or another user's process. */
function workingDirectory(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return null;
  }
}

const PS_COLUMNS = 'pid=,ppid=,stat=,tty=,lstart=,command=';
/** `lstart` is five words: `Mon Nov 24 02:15:00 2026`. */
const PS_LINE = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(\S+)\s+(\S+\s+\S+\s+\S+\s+\S+\s+\S+)\s(.*)$/;

function parsePsLine(line: string): ProcessEntry[] {
  const [, pid, parent, state = '', terminal = '', startTime = '', command = ''] = PS_LINE.exec(line) ?? [];
  if (pid === undefined || state.startsWith('Z')) return [];
  return [
    {
      pid: Number(pid),
      parent: Number(parent),
      stopped: state.startsWith('T'),
      startTime,
      hasTerminal: !terminal.startsWith('?'),
      directory: null,
      command,
    },
  ];
}
