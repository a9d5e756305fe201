import { setPriority } from 'node:os';

/** Of ten processes of a usual niceness, one with this gets about a tenth of what each of them gets. */
const GIVING_WAY = 10;
const USUAL = 0;

/**
 * Processes that start beside others that serve take only the processor time that those leave, until they are ready: see
 * `docker/processor-share.ts`. Only root may take that back again, so nobody else begins with it.
 */
export const mayGiveWay = process.getuid?.() === 0;

export function giveWay(pids: readonly number[]): void {
  setAll(pids, GIVING_WAY);
}

export function endGivingWay(pids: readonly number[]): void {
  setAll(pids, USUAL);
}

function setAll(pids: readonly number[], niceness: number): void {
  for (const pid of pids) {
    try {
      setPriority(pid, niceness);
    } catch {
      // It has ended.
    }
  }
}
