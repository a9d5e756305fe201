import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { buildOperations } from './test-builders/operations-builder.ts';
import { FAULT_MS } from './test-builders/story-times.ts';
import { trafficShare } from './traffic-share.ts';

describe('share of traffic', () => {
  it('is told for each step, of the operations that dialled a datacenter', () => {
    const operations = buildOperations();
    const steps = trafficShare(operations, { fromMs: FAULT_MS - 1000, toMs: FAULT_MS + 4000, stepMs: 1000 });
    assert.deepEqual(
      steps.map(({ atMs, total, shares }) => [atMs - FAULT_MS, total, shares['us-east'], shares['us-west'] ?? 0]),
      [
        [-1000, 60, 0.5, 0.5],
        [0, 60, 0.5, 0.5],
        [1000, 60, 0.5, 0.5],
        [2000, 60, 0.5, 0.5],
        [3000, 60, 1, 0],
      ],
    );
  });

  it('leaves out those that had no address, and is empty when nobody dialled', () => {
    const operations = buildOperations({ behaviour: () => ({ outcome: 'fail', error: 'no-address' }) });
    const [step] = trafficShare(operations, { fromMs: FAULT_MS, toMs: FAULT_MS + 1000, stepMs: 1000 });
    assert.deepEqual(step, { atMs: FAULT_MS, total: 0, shares: {} });
  });

  it('cuts the last step short', () => {
    const steps = trafficShare(buildOperations(), { fromMs: FAULT_MS, toMs: FAULT_MS + 1500, stepMs: 1000 });
    assert.deepEqual(
      steps.map(({ total }) => total),
      [60, 30],
    );
  });

  it('refuses a step of nothing', () => {
    assert.throws(() => trafficShare([], { fromMs: 0, toMs: 1, stepMs: 0 }), {
      message: 'expected a step above 0 ms, got 0',
    });
  });
});
