import { setTimeout as sleep } from 'node:timers/promises';
import { postgresProcesses, signalAll } from './processes.ts';

/**
 * Ends a PostgreSQL so that it can answer nothing more: SIGQUIT to the postmaster, which ends its children at once and
 * writes nothing, and after 300 ms SIGKILL to whatever of them is left (SIGQUIT does not reach a stopped process).
 * Resolves when none is left, with whether there was one.
 */
export async function fencePostgres(cluster: string, postmaster: number | undefined): Promise<boolean> {
  const before = postgresProcesses(cluster, postmaster);
  if (before.length === 0) return false;
  signalAll(postmaster === undefined ? before : [postmaster], 'SIGQUIT');
  if (await allEnded(cluster, postmaster, QUIT_MS)) return true;
  signalAll(postgresProcesses(cluster, postmaster), 'SIGKILL');
  while (!(await allEnded(cluster, postmaster, QUIT_MS))) {
    signalAll(postgresProcesses(cluster, postmaster), 'SIGKILL');
  }
  return true;
}

async function allEnded(cluster: string, postmaster: number | undefined, limitMs: number): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < limitMs; waitedMs += STEP_MS) {
    if (postgresProcesses(cluster, postmaster).length === 0) return true;
    await sleep(STEP_MS);
  }
  return false;
}

const QUIT_MS = 300;
const STEP_MS = 10;
