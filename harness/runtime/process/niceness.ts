import { writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';

/** Only root may give back what was taken, so nobody else gives way: see `giving-way.ts`. */
export const mayGiveWay = process.getuid?.() === 0;

export const USUAL_NICENESS = 0;
/** The most there is: nearly all goes to processes of a usual niceness, as long as they want it. */
export const STARTING_NICENESS = 19;

/**
 * Where Linux shares processors out by session first (autogroup, sched(7)), a process's own niceness counts only within its
 * session, and every node has one of its own: so the session gets the niceness as well.
 */
export function setNiceness(pids: readonly number[], niceness: number): void {
  for (const pid of pids) {
    unlessImpossible(() => setPriority(pid, niceness));
    unlessImpossible(() => writeFileSync(`/proc/${pid}/autogroup`, String(niceness)));
  }
}

/** The process has ended, or the system has no such groups. */
function unlessImpossible(work: () => void): void {
  try {
    work();
  } catch {
    // Then the node starts as quickly as the others let it.
  }
}
