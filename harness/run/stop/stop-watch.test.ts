import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import type { Clock } from '../../base/clock.ts';
import { pollUntil } from '../../base/poll.ts';
import { parseStopCondition } from '../../model/stop-condition.ts';
import { StopWatch } from './stop-watch.ts';

/** Time goes on by what is slept, and every sleeper gets its turn. */
function quickClock(): Clock {
  let nowMs = 0;
  return {
    now: () => nowMs,
    async sleep(durationMs, signal) {
      signal?.throwIfAborted();
      await new Promise((resolve) => setImmediate(resolve));
      nowMs += durationMs;
    },
  };
}

describe('watching stop conditions', () => {
  const watches: StopWatch[] = [];
  afterEach(() => {
    for (const watch of watches.splice(0)) watch.stop();
  });

  /** Watches one condition over exactly these values, one a sample. */
  const watchOver = async (words: string, values: readonly (number | null | Error)[]): Promise<StopWatch> => {
    const left = [...values];
    const read = async () => {
      const value = left.shift();
      if (value === undefined) return await new Promise<never>(() => undefined);
      if (value instanceof Error) throw value;
      return value;
    };
    const watch = new StopWatch([parseStopCondition(words)!], { read, clock: quickClock() });
    watches.push(watch);
    watch.start();
    await pollUntil(
      () => {
        const { samples } = watch.records[0]!;
        return samples === values.length
          ? { done: true, value: undefined }
          : { done: false, seen: `${samples} samples` };
      },
      { subject: `${values.length} samples`, timeoutMs: 5000, intervalMs: 1 },
    );
    return watch;
  };

  it('aborts at the first value beyond a threshold that need not last', async () => {
    const { signal, breach } = await watchOver('p99 > 100', [50, 101]);
    assert.equal(signal.aborted, true);
    assert.match(String(signal.reason), /"p99 > 100": p99 was 101/);
    assert.deepEqual([breach?.beyondSinceMs, breach?.breachedAtMs], [200, 200]);
  });

  it('waits until a value has been beyond it for long enough', async () => {
    const condition = 'availability < 0.5 for 1 s';
    assert.equal((await watchOver(condition, [1, 0.4, 0.4, 0.4, 0.4, 0.4])).breach, null);
    const { breach } = await watchOver(condition, [1, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4]);
    assert.equal(breach?.seen, 'availability was 0.4 after 1 s beyond the threshold');
    assert.deepEqual([breach?.beyondSinceMs, breach?.breachedAtMs], [200, 1200]);
  });

  it('begins anew when a value was within it, or nothing was known', async () => {
    for (const between of [0.9, null, new Error('no answer')]) {
      const values = [0.1, 0.1, 0.1, between, 0.1, 0.1, 0.1, 0.1, 0.9];
      assert.equal((await watchOver('availability < 0.5 for 1 s', values)).breach, null);
    }
  });

  it('counts where it was blind, and keeps the worst that it saw', async () => {
    const { records } = await watchOver('availability < 0.1', [0.9, null, new Error('no answer'), 0.4, 0.8]);
    assert.deepEqual(records, [{ condition: 'availability < 0.1', samples: 5, blind: 2, worst: 0.4 }]);
  });

  it('tells the first breach only', async () => {
    assert.equal((await watchOver('p99 > 100', [101, 500])).breach?.seen, 'p99 was 101');
  });

  it('sees nothing any more once it was stopped', async () => {
    const watch = await watchOver('p99 > 100', [50]);
    watch.stop();
    assert.equal(watch.signal.aborted, false);
  });
});
