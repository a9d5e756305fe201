import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { expectVerdict } from '../model/analysis/test-builders/expect-verdict.ts';
import { buildRecord } from '../model/analysis/test-builders/record-builder.ts';
import { FAULT_MS, UNDO_MS } from '../model/analysis/test-builders/story-times.ts';
import type { MetricSeries } from '../model/telemetry.ts';
import { stampede } from './stampede.ts';

const CHECK = stampede({ lookUps: 'look_ups', loads: 'loads', labels: { kind: 'photo' }, what: 'photos' });
const BEFORE_MS = 5000;

/** What is counted in each second from the fault on, on top of something from before. */
type PerSecond = (second: number) => number;

function counter(name: string, perSecond: PerSecond, { kind = 'photo', restartAtS = Infinity } = {}): MetricSeries {
  const seconds = Array.from(
    { length: (UNDO_MS - FAULT_MS + BEFORE_MS) / 1000 },
    (_, index) => index - BEFORE_MS / 1000,
  );
  let value = 1000;
  const samples = seconds.map((second): [number, number] => {
    value = (second === restartAtS ? 0 : value) + perSecond(second);
    return [FAULT_MS + second * 1000, value];
  });
  return { name, labels: { kind, instance: 'web-1' }, samples };
}

function record(...metrics: MetricSeries[]) {
  return Object.assign(buildRecord(), { metrics });
}

const often = counter('look_ups', () => 30);
const sometimes: PerSecond = (second) => (second >= 10 && second < 13 ? 10 : 2);
const stampeding: PerSecond = (second) => (second >= 10 && second < 13 ? 27 : 2);

describe('stampede', () => {
  it('passes when few of those who look something up ask the database, in the worst three seconds', () => {
    const { sentence, measurements } = expectVerdict(CHECK, record(often, counter('loads', sometimes)), 'passed');
    assert.match(
      sentence,
      /^No stampede: in the worst 3 s, 10 s after the fault began, there were 30\.0 look-ups of photos/,
    );
    assert.match(sentence, /and 10\.0 loads from the database a second: 33\.33 % \(at most 50 %\)\.$/);
    assert.deepEqual(
      measurements.map(({ value }) => Math.round(value!)),
      [33, 10, 30],
    );
  });

  it('deviates when nearly all of them do, however briefly', () => {
    const { sentence } = expectVerdict(CHECK, record(often, counter('loads', stampeding)), 'deviated');
    assert.match(
      sentence,
      /^The database was asked by nearly everybody: .* 27\.0 loads from the database a second: 90 %/,
    );
  });

  it('adds up what all servers count, and knows a counter that began anew', () => {
    const half = (seconds: PerSecond, options = {}) => counter('loads', (second) => seconds(second) / 2, options);
    expectVerdict(CHECK, record(often, half(stampeding), half(stampeding, { restartAtS: 11 })), 'deviated');
    expectVerdict(CHECK, record(often, half(sometimes), half(sometimes, { restartAtS: 11 })), 'passed');
  });

  it('counts nothing but what it is asked for, and only while the fault lasts', () => {
    const other = counter('loads', stampeding, { kind: 'feed' });
    expectVerdict(CHECK, record(often, counter('loads', sometimes), other), 'passed');
    expectVerdict(
      CHECK,
      record(
        often,
        counter('loads', (second) => (second < 0 ? 30 : 1)),
      ),
      'passed',
    );
  });

  it('knows nothing without counters, with too few look-ups, or without any load', () => {
    const { gaps } = expectVerdict(CHECK, record(), 'inconclusive');
    assert.deepEqual(gaps, ['no 3 s with 30 look-ups of photos are known', 'no load of photos is known']);
    expectVerdict(
      CHECK,
      record(
        counter('look_ups', () => 5),
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
