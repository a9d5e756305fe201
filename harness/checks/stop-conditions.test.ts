import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { buildRecord } from '../model/analysis/test-builders/record-builder.ts';
import type { AbortRecord, StopConditionRecord } from '../model/stop-condition.ts';
import { stopConditions } from './stop-conditions.ts';

const WATCHED: StopConditionRecord = { condition: 'p99 > 100 for 2 s', samples: 200, blind: 10, worst: 80 };

function verdict(watched: readonly StopConditionRecord[], abort?: AbortRecord) {
  const record = buildRecord();
  record.manifest.stopConditions = [...watched];
  if (abort !== undefined) record.manifest.abort = abort;
  return stopConditions().run(record);
}

describe('the check of the stop conditions', () => {
  it('has no use for a record that has none', () => {
    const record = buildRecord();
    assert.equal(stopConditions().applies(record), true);
    delete record.manifest.stopConditions;
    assert.equal(stopConditions().applies(record), false);
  });

  it('passes when they were watched', () => {
    const { status, sentence } = verdict([WATCHED]);
    assert.equal(status, 'passed');
    assert.equal(sentence, 'The stop conditions were watched: none of 1 condition was breached.');
  });

  it('is inconclusive when one was blind, or never looked at', () => {
    assert.match(verdict([WATCHED, { ...WATCHED, blind: 41 }]).sentence, /had no value in 20.5 % of its samples/);
    assert.equal(verdict([WATCHED, { ...WATCHED, blind: 41 }]).status, 'inconclusive');
    assert.equal(verdict([{ ...WATCHED, samples: 0, blind: 0, worst: null }]).status, 'inconclusive');
  });

  it('tells how soon it was safe again', () => {
    const { sentence, measurements } = verdict([WATCHED], {
      condition: 'p99 > 100 for 2 s',
      seen: 'p99 was 180 after 2 s beyond the threshold',
      beyondSinceMs: 8000,
      breachedAtMs: 10_000,
      undoBegunAtMs: 10_120,
      healedAtMs: 11_500,
    });
    assert.match(sentence, /undo began 120 ms later, and everything was proven to be back 1.5 s after the breach/);
    assert.deepEqual(
      measurements.map(({ value }) => value),
      [1, 120, 1500],
    );
  });
});
