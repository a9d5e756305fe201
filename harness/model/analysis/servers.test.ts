import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Operation } from '../operation.ts';
import { servedIn } from './servers.ts';
import { buildOperations } from './test-builders/operations-builder.ts';

const at = (startMs: number, servedBy?: string): Operation => {
  const [like] = buildOperations({ ratePerSecond: 1, fromMs: 0, toMs: 1000 });
  const { servedBy: _, ...operation } = like!;
  return { ...operation, startMs, ...(servedBy === undefined ? {} : { servedBy }) };
};

describe('Who served', () => {
  it('is counted in whole steps, by when operations were sent', () => {
    const operations = [at(90, 'a'), at(100, 'a'), at(199, 'b'), at(200, 'b'), at(250), at(260, 'b'), at(300, 'a')];
    const steps = servedIn(operations, { fromMs: 100, toMs: 350, stepMs: 100 });
    assert.deepEqual(
      steps.map(({ fromMs, toMs, served }) => [fromMs, toMs, Object.fromEntries(served)]),
      [
        [100, 200, { a: 1, b: 1 }],
        [200, 300, { b: 2 }],
      ],
    );
  });

  it('is nobody in a span that is shorter than a step', () => {
    assert.deepEqual(servedIn([at(10, 'a')], { fromMs: 0, toMs: 50, stepMs: 100 }), []);
    assert.throws(() => servedIn([], { fromMs: 0, toMs: 50, stepMs: 0 }), RangeError);
  });
});
