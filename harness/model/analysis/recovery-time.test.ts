import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { RunRecord } from '../run-record.ts';
import { type RecoveryTime, recoveryTimes } from './recovery-time.ts';
import { answered, type Behaviour, handledWell, refused } from './test-builders/operations-builder.ts';
import { buildRecord } from './test-builders/record-builder.ts';
import { FAULT_MS } from './test-builders/story-times.ts';

function timeOf(record: RunRecord, region = 'us-east', kind = 'read'): RecoveryTime {
  const time = recoveryTimes(record).find((candidate) => candidate.region === region && candidate.class === kind);
  assert.ok(time !== undefined);
  return time;
}

/** Everything succeeds, but for operations that were intended within one of the spans after the fault. */
function failingWithin(...spans: [number, number][]): RunRecord {
  const behaviour: Behaviour = (planned) =>
    spans.some(([fromMs, toMs]) => planned.afterFaultMs >= fromMs && planned.afterFaultMs < toMs)
      ? refused(planned, planned.region)
      : answered(planned, { datacenter: planned.region, epoch: 1 });
  return buildRecord({ behaviour });
}

describe('recovery times', () => {
  it('are told for each region and class, with the objective of the class', () => {
    assert.deepEqual(
      recoveryTimes(buildRecord()).map(({ region, class: kind, state, rtaMs, objectiveMs }) => [
        region,
        kind,
        state,
        rtaMs,
        objectiveMs,
      ]),
      [
        ['us-east', 'read', 'recovered', 0, 10_000],
        ['us-east', 'write', 'recovered', 6000, 20_000],
        ['us-west', 'read', 'recovered', 3000, 10_000],
        ['us-west', 'write', 'recovered', 6000, 20_000],
      ],
    );
  });

  it('are 0 when no window ever fell short', () => {
    assert.equal(timeOf(failingWithin()).rtaMs, 0);
  });

  it('end only at the last relapse of the hold', () => {
    assert.equal(timeOf(failingWithin([0, 2000], [20_000, 21_000])).rtaMs, 21_000);
  });

  it('do not look at what happened before the fault or after the hold', () => {
    assert.equal(timeOf(failingWithin([-3000, 0], [40_000, 50_000])).rtaMs, 0);
  });

  it('allow what the objective allows within a window', () => {
    const oneOfHundred = failingWithin([7000, 7040]);
    assert.equal(timeOf(oneOfHundred).rtaMs, 0);
    oneOfHundred.manifest.objectives.availabilityAfterFailover = 0.991;
    assert.equal(timeOf(oneOfHundred).rtaMs, 7250);
  });

  it('count unknown outcomes as failures', () => {
    const behaviour: Behaviour = (planned) => ({
      ...handledWell(planned),
      ...(planned.afterFaultMs >= 10_000 && planned.afterFaultMs < 12_000 ? { outcome: 'info' as const } : {}),
    });
    assert.equal(timeOf(buildRecord({ behaviour }), 'us-east', 'write').rtaMs, 12_000);
  });

  it('count slow answers although they succeed', () => {
    const behaviour: Behaviour = (planned) => ({
      ...answered(planned, { datacenter: planned.region, epoch: 1 }),
      endMs: planned.intendedMs + (planned.afterFaultMs >= 0 && planned.afterFaultMs < 8000 ? 1001 : 1000),
    });
    assert.equal(timeOf(buildRecord({ behaviour })).rtaMs, 8000);
  });

  it('are not told when the last window falls short, with what it looked like', () => {
    const time = timeOf(failingWithin([37_500, 40_000]));
    assert.deepEqual([time.state, time.rtaMs], ['not-recovered', null]);
    assert.equal(time.reason, 'in the last 5 s of the hold still 50 % succeeded (objective 99 %)');
  });

  it('are unknown when the hold is shorter than a window', () => {
    const record = failingWithin();
    record.manifest.phases.find(({ phase }) => phase === 'hold')!.endedAtMs = FAULT_MS + 4000;
    const { state, rtaMs, reason } = timeOf(record);
    assert.deepEqual([state, rtaMs], ['unknown', null]);
    assert.equal(reason, 'the hold ends 4 s after the fault, and a window needs 5 s');
  });

  it('are unknown, not good, where too few operations were made', () => {
    const record = failingWithin();
    record.operations = record.operations.filter(
      ({ intendedMs, region }) => region !== 'us-east' || intendedMs < FAULT_MS + 20_000,
    );
    const { state, reason } = timeOf(record);
    assert.equal(state, 'unknown');
    assert.equal(reason, 'only 0 operations in the 5 s from 35 s after the fault, at least 5 are needed');
    assert.equal(timeOf(record, 'us-west').rtaMs, 0);
  });

  it('are unknown without a fault', () => {
    const record = failingWithin();
    record.manifest.faults = [];
    assert.equal(timeOf(record).reason, 'no fault was injected and held');
  });
});
