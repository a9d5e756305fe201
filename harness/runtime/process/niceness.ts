import { setPriority } from 'node:os';

/** Only root may give back what was taken, so nobody else gives way: see `giving-way.ts`. */
export const mayGiveWay = process.getuid?.() === 0;

export const USUAL_NICENESS = 0;
/** Of ten processes of a usual niceness, one with this gets about a tenth of what each of them gets. */
export const STARTING_NICENESS = 10;

export function setNiceness(pids: readonly number[], niceness: number): void {
  for (const pid of pids) {
    try {
      setPriority(pid, niceness);
    } catch {
      // It has ended.
    }
  }
}
