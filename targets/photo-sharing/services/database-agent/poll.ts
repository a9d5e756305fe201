import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from './monotonic.ts';

interface PollOptions {
  subject: string;
  timeoutMs: number;
  intervalMs: number;
}

/** Waits until `done` says so. @throws Error naming the subject, the limit and what `done` last threw. */
export async function pollUntil(
  done: () => Promise<boolean> | boolean,
  { subject, timeoutMs, intervalMs }: PollOptions,
): Promise<void> {
  const deadline = monotonicMs() + timeoutMs;
  let cause: unknown;
  while (monotonicMs() < deadline) {
    try {
      if (await done()) return;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    await sleep(intervalMs);
  }
  throw new Error(`Waited ${timeoutMs} ms for ${subject}, in vain`, { cause });
}
