import type { Clock } from '../../base/clock.ts';
import type { Arrival } from './arrivals.ts';

/** So many sends in a row without a pause keep the process from hearing anything, `stop` included. */
const SENDS_IN_A_ROW_MAX = 64;

export interface OpenLoopOptions {
  arrivals: Iterator<Arrival, never>;
  /** When the schedule begins. */
  startMs: number;
  clock: Clock;
  /** Ends the loop. */
  signal: AbortSignal;
  /** Must return at once. */
  send(arrival: Arrival, intendedMs: number): void;
}

/**
 * Sends each arrival at its time, whatever became of the ones before. After a stall of this process the late ones are
 * sent at once, still with their intended times, so that both lag and latency show the stall.
 */
export async function runOpenLoop({ arrivals, startMs, clock, signal, send }: OpenLoopOptions): Promise<void> {
  let sendsInARow = 0;
  while (!signal.aborted) {
    const arrival = arrivals.next().value;
    const intendedMs = startMs + arrival.offsetMs;
    // Timers are whole milliseconds and may fire early.
    while (clock.now() < intendedMs || sendsInARow >= SENDS_IN_A_ROW_MAX) {
      sendsInARow = 0;
      await sleepUnlessAborted(clock, intendedMs - clock.now(), signal);
      if (signal.aborted) return;
    }
    sendsInARow += 1;
    send(arrival, intendedMs);
  }
}

async function sleepUnlessAborted(clock: Clock, durationMs: number, signal: AbortSignal): Promise<void> {
  try {
    await clock.sleep(Math.max(0, durationMs), signal);
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  }
}
