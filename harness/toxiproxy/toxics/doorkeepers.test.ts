import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { ToxicKind } from '../toxic-kind.ts';
import { connectDelay } from './connect-delay.ts';
import { failFirst } from './fail-first.ts';
import { latency } from './latency.ts';

const admissions = (kind: ToxicKind, attributes: Record<string, number>, count: number) => {
  const doorkeeper = kind.doorkeeper!();
  return Array.from({ length: count }, () => doorkeeper.admit(attributes));
};

describe('toxics that act on new connections', () => {
  it('connect_delay delays each by the same time', () => {
    assert.deepEqual(admissions(connectDelay, { delay: 70 }, 2), [{ delayMs: 70 }, { delayMs: 70 }]);
    assert.deepEqual(admissions(connectDelay, {}, 1), [{ delayMs: 0 }]);
  });

  it('fail_first refuses the first N, and counts for each toxic anew', () => {
    for (let toxic = 0; toxic < 2; toxic += 1) {
      assert.deepEqual(admissions(failFirst, { connections: 2 }, 4), [
        'refuse',
        'refuse',
        { delayMs: 0 },
        { delayMs: 0 },
      ]);
    }
    assert.deepEqual(admissions(failFirst, {}, 1), [{ delayMs: 0 }]);
  });

  it('are the only ones that do', () => {
    assert.equal(latency.doorkeeper, undefined);
  });
});
