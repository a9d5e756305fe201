import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { expectVerdict } from '../model/analysis/test-builders/expect-verdict.ts';
import { buildRecord } from '../model/analysis/test-builders/record-builder.ts';
import { FAULT_MS, UNDO_MS } from '../model/analysis/test-builders/story-times.ts';
import type { MetricSeries } from '../model/telemetry.ts';
import { stampede } from './stampede.ts';

const CHECK = stampede({
  ...{ lookUps: 'look_ups', loads: 'loads', labels: { kind: 'photo' }, hits: { result: 'hit' } },
  what: 'photos',
});
const BEFORE_MS = 5000;

/** What is counted in each second from the fault on, on top of something from before. */
type PerSecond = (second: number) => number;

function counter(
  name: string,
  perSecond: PerSecond,
  { kind = 'photo', result = 'miss', restartAtS = Infinity } = {},
): MetricSeries {
  const seconds = Array.from(
    { length: (UNDO_MS - FAULT_MS + BEFORE_MS) / 1000 },
    (_, index) => index - BEFORE_MS / 1000,
  );
  let value = 1000;
  const samples = seconds.map((second): [number, number] => {
    value = (second === restartAtS ? 0 : value) + perSecond(second);
    return [FAULT_MS + second * 1000, value];
  });
  return { name, labels: { kind, result, instance: 'web-1' }, samples };
}

function record(...metrics: MetricSeries[]) {
  const built = Object.assign(buildRecord(), { metrics });
  const [fault] = built.manifest.faults;
  built.manifest.faults = [{ ...fault!, actions: [{ ...fault!.actions[0]!, atMs: FAULT_MS }] }];
  return built;
}

const often = counter('look_ups', () => 30);
const sometimes: PerSecond = (second) => (second >= 10 && second < 13 ? 10 : 2);
const stampeding: PerSecond = (second) => (second >= 10 && second < 13 ? 29 : 2);

describe('stampede', () => {
  it('passes when few of those who miss something load it, in the worst three seconds', () => {
    const { sentence, measurements } = expectVerdict(CHECK, record(often, counter('loads', sometimes)), 'passed');
    const worst = 'in the worst 3 s, 10 s after the last injection, there were 10.0 loads of photos';
    const rest = 'for 30.0 look-ups a second that found nothing: 0.33 for each (at most 0.8).';
    assert.equal(sentence, `No stampede: ${worst} ${rest}`);
    assert.deepEqual(
      measurements.map(({ value }) => value),
      [1 / 3, 10, 30],
    );
  });

  it('deviates when nearly all of them do, however briefly', () => {
    const { sentence } = expectVerdict(CHECK, record(often, counter('loads', stampeding)), 'deviated');
    assert.match(
      sentence,
      /^Everybody asked the database: .* 29\.0 loads of photos .*: 0\.97 for each \(at most 0\.8\)\.$/,
    );
  });

  it('adds up what all servers count, and knows a counter that began anew', () => {
    const half = (seconds: PerSecond, options = {}) => counter('loads', (second) => seconds(second) / 2, options);
    expectVerdict(CHECK, record(often, half(stampeding), half(stampeding, { restartAtS: 11 })), 'deviated');
    expectVerdict(CHECK, record(often, half(sometimes), half(sometimes, { restartAtS: 11 })), 'passed');
  });

  it('counts only what it is asked for, what missed, and what came after the last injection', () => {
    const loads = counter('loads', sometimes);
    expectVerdict(CHECK, record(often, loads, counter('loads', stampeding, { kind: 'feed' })), 'passed');
    expectVerdict(
      CHECK,
      record(
        often,
        counter('loads', (second) => (second < 0 ? 30 : 1)),
      ),
      'passed',
    );
    const found = counter('look_ups', () => 1000, { result: 'hit' });
    expectVerdict(CHECK, record(often, found, counter('loads', stampeding)), 'deviated');
    const later = record(
      often,
      counter('loads', (second) => (second < 5 ? 30 : 1)),
    );
    const [fault] = later.manifest.faults;
    const actions = [{ ...fault!.actions[0]!, atMs: FAULT_MS + 5000 }];
    later.manifest.faults = [fault!, { ...fault!, actions }];
    expectVerdict(CHECK, later, 'passed');
  });

  it('knows nothing without counters, with too few misses, or without any load', () => {
    const { gaps } = expectVerdict(CHECK, record(), 'inconclusive');
    assert.deepEqual(gaps, ['no 3 s with 20 misses of photos are known', 'no load of photos is known']);
    const rarely = counter('look_ups', () => 5);
    expectVerdict(
      CHECK,
      record(
        rarely,
        counter('loads', () => 5),
      ),
      'inconclusive',
    );
    expectVerdict(
      CHECK,
      record(
        often,
        counter('loads', () => 0),
      ),
      'inconclusive',
    );
  });

  it('knows nothing when no fault was injected', () => {
    const built = record(often, counter('loads', sometimes));
    built.manifest.faults = [];
    expectVerdict(CHECK, built, 'inconclusive');
  });
});
