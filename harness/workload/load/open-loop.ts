import type { Clock } from '../../base/clock.ts';
import type { Arrival } from './arrivals.ts';
import type { Pace } from './pace.ts';

/** So many sends in a row without a pause keep the process from hearing anything, `stop` included. */
const SENDS_IN_A_ROW_MAX = 64;

export interface OpenLoopOptions {
  arrivals: Iterator<Arrival, never>;
  pace: Pace;
  clock: Clock;
  /** Ends the loop. */
  signal: AbortSignal;
  /** Must return at once. */
  send(arrival: Arrival, intendedMs: number): void;
}

/**
 * Sends each arrival at its time, whatever became of the ones before. After a stall of this process the late ones are
 * sent at once, still with their intended times, so that both lag and latency show the stall. A change of pace holds from
 * the moment when it is made.
 */
export async function runOpenLoop({ arrivals, pace, clock, signal, send }: OpenLoopOptions): Promise<void> {
  let sendsInARow = 0;
  while (!signal.aborted) {
    const arrival = arrivals.next().value;
    // Timers are whole milliseconds and may fire early.
    while (clock.now() < pace.dueMs(arrival.offsetMs) || sendsInARow >= SENDS_IN_A_ROW_MAX) {
      sendsInARow = 0;
      await sleepUntil(pace.dueMs(arrival.offsetMs), clock, AbortSignal.any([signal, pace.changed]));
      if (signal.aborted) return;
    }
    sendsInARow += 1;
    send(arrival, pace.dueMs(arrival.offsetMs));
  }
}

/** Or until the signal is aborted. */
async function sleepUntil(timeMs: number, clock: Clock, signal: AbortSignal): Promise<void> {
  try {
    await clock.sleep(Math.max(0, timeMs - clock.now()), signal);
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  }
}
