import { setTimeout as delay } from 'node:timers/promises';

/**
 * Where time is read and where it is spent: whoever sleeps must sleep on the clock that it reads.
 * Times are milliseconds since the Unix epoch, with fractions, and never run backwards.
 */
export interface Clock {
  now(): number;
  /** Resolves after `durationMs`; rejects with the signal's reason when it is aborted first. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's clock: anchored to the epoch once at start, monotonic after that. */
export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  sleep: async (durationMs, signal) => {
    await delay(Math.max(0, durationMs), undefined, signal === undefined ? {} : { signal });
  },
};
