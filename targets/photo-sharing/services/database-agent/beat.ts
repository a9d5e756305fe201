import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Runs `work` again and again until the signal: after each run it waits for as long as the run says. A run that throws
 * is reported and repeated after `retryMs`. Runs never overlap.
 */
export async function beat(
  work: () => Promise<number> | number,
  { signal, retryMs, onError }: { signal: AbortSignal; retryMs: number; onError: (error: unknown) => void },
): Promise<void> {
  while (!signal.aborted) {
    let waitMs = retryMs;
    try {
      waitMs = await work();
    } catch (error) {
      if (!signal.aborted) onError(error);
    }
    await sleep(waitMs, undefined, { signal }).catch(() => undefined);
  }
}
