import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { counterIncrease } from './counter-increase.ts';

const SPAN = { fromMs: 10, toMs: 20 };
const increase = (...samples: [number, number][]) => counterIncrease({ samples }, SPAN);

describe('The increase of a counter', () => {
  it('counts from the last sample before the span to the last one in it', () => {
    assert.equal(increase([5, 2], [9, 3], [11, 4], [19, 7], [20, 9]), 4);
  });

  it('counts all of a series that begins in the span', () => {
    assert.equal(increase([12, 2], [13, 3]), 3);
  });

  it('goes on counting when the program was started again', () => {
    assert.equal(increase([9, 100], [11, 103], [15, 1], [16, 2]), 5);
  });

  it('is not known without a sample in the span', () => {
    assert.equal(increase([9, 100], [20, 103]), null);
    assert.equal(increase(), null);
  });
});
