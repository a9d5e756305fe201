import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { describeStopCondition, isBeyond, parseStopCondition } from './stop-condition.ts';

describe('a stop condition', () => {
  it('is read from words, and told in the same', () => {
    for (const words of [
      'availability < 0.5 for 5 s',
      'p99 > 1500',
      'free-disk < 200',
      'alert FastBurn',
      'alert FastBurn for 2.5 s',
      'promql sum(rate(errors_total[1m])) / 2 > 3 for 1 s',
    ]) {
      const condition = parseStopCondition(words);
      assert.ok(condition !== undefined, words);
      assert.equal(describeStopCondition(condition), words);
    }
  });

  it('is refused when it is none', () => {
    for (const words of [
      '',
      'availability',
      'availability = 1',
      'latency > 5',
      'p99 > much',
      'p99 > 5 for long',
      'promql',
    ])
      assert.equal(parseStopCondition(words), undefined, words);
  });

  it('holds for values beyond its threshold, not at it', () => {
    const below = parseStopCondition('availability < 0.5')!;
    assert.deepEqual(
      [0.49, 0.5, 0.51].map((value) => isBeyond(below, value)),
      [true, false, false],
    );
    const above = parseStopCondition('p99 > 100')!;
    assert.deepEqual(
      [99, 100, 101].map((value) => isBeyond(above, value)),
      [false, false, true],
    );
  });
});
