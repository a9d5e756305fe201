import { type Clock, systemClock } from './clock.ts';
import { messageOf, Problem } from './errors.ts';

export interface PollOptions {
  /** What is awaited, as it should read in the time-out's message: `web-1.us-east to answer on /healthz`. */
  subject: string;
  timeoutMs: number;
  intervalMs?: number;
  clock?: Clock;
  signal?: AbortSignal;
}

/** `done` ends the wait with `value`; otherwise `seen` says what was observed instead. */
export type Observation<T> = { done: true; value: T } | { done: false; seen: string };

/**
 * Calls `probe` until it is done. A probe that throws counts as an observation.
 * @throws Problem `timed-out`, naming the subject, the limit and the last observation.
 */
export async function pollUntil<T>(
  probe: () => Promise<Observation<T>> | Observation<T>,
  { subject, timeoutMs, intervalMs = 50, clock = systemClock, signal }: PollOptions,
): Promise<T> {
  const deadline = clock.now() + timeoutMs;
  for (;;) {
    signal?.throwIfAborted();
    const observation = await observe(probe);
    if (observation.done) return observation.value;
    if (clock.now() >= deadline) {
      throw new Problem(`Waited ${timeoutMs} ms for ${subject}; last seen: ${observation.seen}`, { code: 'timed-out' });
    }
    await clock.sleep(intervalMs, signal);
  }
}

async function observe<T>(probe: () => Promise<Observation<T>> | Observation<T>): Promise<Observation<T>> {
  try {
    return await probe();
  } catch (thrown) {
    return { done: false, seen: messageOf(thrown) };
  }
}
