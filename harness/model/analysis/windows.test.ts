import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { seededRandom } from '../../base/random.ts';
import { latencyMsOf, type Operation, type Outcome } from '../operation.ts';
import { buildOperations } from './test-builders/operations-builder.ts';
import { windowOver, windowsOf } from './windows.ts';

/** Operations at the given times; each latency belongs to the operation at the same place. */
function operationsAt(times: number[], options: { outcomes?: Outcome[]; latenciesMs?: number[] } = {}): Operation[] {
  const [example] = buildOperations();
  return times.map((intendedMs, index) => ({
    ...example!,
    index,
    intendedMs,
    startMs: intendedMs + 1,
    endMs: intendedMs + (options.latenciesMs?.[index] ?? 10),
    outcome: options.outcomes?.[index] ?? 'ok',
  }));
}

describe('windows of operations', () => {
  it('count by intended start, the end of a window not included', () => {
    const windows = windowsOf(operationsAt([0, 999, 1000, 1999, 2000]), {
      fromMs: 0,
      toMs: 2000,
      stepMs: 1000,
      lengthMs: 1000,
    });
    assert.deepEqual(
      windows.map(({ fromMs, toMs, operations }) => [fromMs, toMs, operations]),
      [
        [0, 1000, 2],
        [1000, 2000, 2],
      ],
    );
  });

  it('overlap when they are longer than their step, and only whole ones are given', () => {
    const windows = windowsOf([], { fromMs: 100, toMs: 1099, stepMs: 250, lengthMs: 500 });
    assert.deepEqual(
      windows.map(({ fromMs }) => fromMs),
      [100, 350],
    );
  });

  it('lose no window to rounding', () => {
    const windows = windowsOf([], { fromMs: 0, toMs: 0.3, stepMs: 0.1, lengthMs: 0.1 });
    assert.equal(windows.length, 3);
  });

  it('count failures and unknown outcomes against availability, and know nothing without operations', () => {
    const operations = operationsAt([0, 1, 2, 3], { outcomes: ['ok', 'fail', 'info', 'ok'] });
    const { ok, fail, info, availability } = windowOver(operations, { fromMs: 0, toMs: 10 });
    assert.deepEqual({ ok, fail, info, availability }, { ok: 2, fail: 1, info: 1, availability: 0.5 });
    assert.equal(windowOver(operations, { fromMs: 20, toMs: 30 }).availability, null);
  });

  it('measure latency from the intended start, of successes only', () => {
    const operations = operationsAt([0, 1, 2], { outcomes: ['ok', 'fail', 'info'], latenciesMs: [40, 1, 3000] });
    const { p50Ms, p99Ms } = windowOver(operations, { fromMs: 0, toMs: 10 });
    assert.deepEqual([p50Ms, p99Ms], [40, 40]);
    assert.equal(windowOver(operations, { fromMs: 1, toMs: 10 }).p99Ms, null);
  });

  it('give percentiles by nearest rank', () => {
    const latenciesMs = Array.from({ length: 200 }, (_, index) => 200 - index);
    const operations = operationsAt(
      latenciesMs.map((_, index) => index),
      { latenciesMs },
    );
    const { p50Ms, p95Ms, p99Ms } = windowOver(operations, { fromMs: 0, toMs: 1000 });
    assert.deepEqual([p50Ms, p95Ms, p99Ms], [100, 190, 198]);
  });

  it('do not depend on the order of the operations', () => {
    const times = [5, 1, 9, 3, 7];
    const outcomes: Outcome[] = ['ok', 'fail', 'ok', 'info', 'ok'];
    const shuffled = operationsAt(times, { outcomes, latenciesMs: [50, 10, 90, 30, 70] });
    const options = { fromMs: 0, toMs: 10, stepMs: 2, lengthMs: 4 };
    const ordered = shuffled.toSorted((one, other) => one.intendedMs - other.intendedMs);
    assert.deepEqual(windowsOf(shuffled, options), windowsOf(ordered, options));
  });

  it('agree with counting each window by hand', () => {
    const seed = 11;
    const random = seededRandom(seed);
    const times = Array.from({ length: 500 }, () => random.integer(0, 10_000));
    const outcomes = times.map(() => random.pick<Outcome>(['ok', 'ok', 'ok', 'fail', 'info']));
    const operations = operationsAt(times, { outcomes, latenciesMs: times.map(() => random.integer(1, 900)) });
    for (const window of windowsOf(operations, { fromMs: 500, toMs: 9500, stepMs: 130, lengthMs: 1000 })) {
      const inside = operations.filter(({ intendedMs }) => intendedMs >= window.fromMs && intendedMs < window.toMs);
      const latencies = inside
        .filter(({ outcome }) => outcome === 'ok')
        .map((operation) => latencyMsOf(operation)!)
        .sort((one, other) => one - other);
      assert.equal(window.operations, inside.length, `seed ${seed}`);
      assert.equal(window.ok, latencies.length, `seed ${seed}`);
      assert.equal(window.p95Ms, latencies[Math.ceil(0.95 * latencies.length) - 1] ?? null, `seed ${seed}`);
    }
  });

  it('refuse a step or a length of nothing', () => {
    assert.throws(() => windowsOf([], { fromMs: 0, toMs: 10, stepMs: 0, lengthMs: 5 }), {
      message: 'expected a step and a length above 0 ms, got 0 and 5',
    });
  });
});
