import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { atLeast, atMost } from './binomial.ts';

const near = (actual: number, expected: number) => assert.ok(Math.abs(actual - expected) < 1e-12, `${actual}`);

describe('The binomial distribution', () => {
  it('counts the ways of four throws of a coin', () => {
    near(atMost(0, 4, 0.5), 1 / 16);
    near(atMost(1, 4, 0.5), 5 / 16);
    near(atMost(4, 4, 0.5), 1);
    near(atLeast(4, 4, 0.5), 1 / 16);
    near(atLeast(3, 4, 0.5), 5 / 16);
    near(atLeast(0, 4, 0.5), 1);
  });

  it('adds up to one around every count', () => {
    for (const probability of [0.1, 0.51, 0.9, 0.99]) {
      for (let count = 0; count < 150; count += 1) {
        near(atMost(count, 150, probability) + atLeast(count + 1, 150, probability), 1);
      }
    }
  });

  it('knows what never and what always happens', () => {
    assert.deepEqual([atMost(0, 10, 0), atLeast(1, 10, 0)], [1, 0]);
    assert.deepEqual([atMost(9, 10, 1), atLeast(10, 10, 1)], [0, 1]);
  });
});
