import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Clock } from './clock.ts';
import { closest } from './closest.ts';
import { Problem } from './errors.ts';
import { pollUntil } from './poll.ts';
import { seededRandom } from './random.ts';

/** A clock that moves only when somebody sleeps on it. */
function simulatedClock(): Clock {
  let nowMs = 0;
  return {
    now: () => nowMs,
    sleep: async (durationMs) => {
      nowMs += durationMs;
    },
  };
}

describe('pollUntil', () => {
  it('gives the value of the first observation that is done', async () => {
    let calls = 0;
    const value = await pollUntil(
      () => {
        calls += 1;
        return calls < 3 ? { done: false, seen: 'nothing' } : { done: true, value: calls };
      },
      { subject: 'the third call', timeoutMs: 1000, clock: simulatedClock() },
    );
    assert.equal(value, 3);
  });

  it('names the subject, the limit and what was last seen when it gives up', async () => {
    const waiting = pollUntil(() => Promise.reject(new Error('connection refused')), {
      subject: 'web-1 to answer',
      timeoutMs: 500,
      clock: simulatedClock(),
    });
    await assert.rejects(waiting, (thrown: Problem) => {
      assert.equal(thrown.code, 'timed-out');
      assert.equal(thrown.message, 'Waited 500 ms for web-1 to answer; last seen: connection refused');
      return true;
    });
  });

  it('ends at once when it is aborted', async () => {
    const reason = new Problem('stop', { code: 'interrupted' });
    const waiting = pollUntil(() => ({ done: false, seen: '' }), {
      subject: 'never',
      timeoutMs: 1000,
      signal: AbortSignal.abort(reason),
    });
    await assert.rejects(waiting, reason);
  });
});

describe('seeded randomness', () => {
  const draw = (seed: number | string) => {
    const random = seededRandom(seed);
    return Array.from({ length: 5 }, () => random.integer(0, 999));
  };

  it('repeats itself for the same seed and differs for another', () => {
    assert.deepEqual(draw(7), draw(7));
    assert.notDeepEqual(draw(7), draw(8));
  });

  it('splits into streams that do not depend on what was drawn before', () => {
    const random = seededRandom(7);
    const early = random.split('toxics').next();
    random.next();
    assert.equal(random.split('toxics').next(), early);
    assert.notEqual(random.split('other').next(), early);
  });

  it('spreads evenly', () => {
    const random = seededRandom('spread');
    const counts = new Array<number>(10).fill(0);
    for (let index = 0; index < 100_000; index += 1) counts[random.integer(0, 9)]! += 1;
    // Chi-squared with 9 degrees of freedom: above 27.9 with probability 0.001; the seed is fixed, so this is exact.
    const chiSquared = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
    assert.ok(chiSquared < 27.9, `chi-squared is ${chiSquared}`);
  });
});

describe('closest', () => {
  it('finds what was probably meant', () => {
    assert.equal(closest('dc-outge', ['dc-outage', 'dc-partition']), 'dc-outage');
    assert.equal(closest('DC-Partition', ['dc-outage', 'dc-partition']), 'dc-partition');
  });

  it('stays silent when nothing is near', () => {
    assert.equal(closest('kubernetes', ['dc-outage', 'dc-partition']), undefined);
  });
});
