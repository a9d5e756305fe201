import { setTimeout as sleep } from 'node:timers/promises';

const INTERVAL_MS = 25;

/** Calls `probe` until it returns something; the last error or "nothing" is named when the time is over. */
export async function eventually<T>(
  subject: string,
  probe: () => Promise<T | undefined> | T | undefined,
  limitMs = 30_000,
): Promise<T> {
  const endMs = performance.now() + limitMs;
  for (;;) {
    let seen: unknown = 'nothing';
    try {
      const value = await probe();
      if (value !== undefined) return value;
    } catch (error) {
      seen = error;
    }
    if (performance.now() > endMs) throw new Error(`waited ${limitMs} ms for ${subject}; last seen: ${seen}`);
    await sleep(INTERVAL_MS);
  }
}
