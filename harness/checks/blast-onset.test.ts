import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { expectVerdict, measured } from '../model/analysis/test-builders/expect-verdict.ts';
import { buildRecord } from '../model/analysis/test-builders/record-builder.ts';
import { FAULT_MS } from '../model/analysis/test-builders/story-times.ts';

import { blastOnset } from './blast-onset.ts';

describe('blast-onset', () => {
  it('passes when power failed everywhere within 100 ms', () => {
    const verdict = expectVerdict(blastOnset(), buildRecord(), 'passed');
    assert.equal(verdict.sentence, 'Power loss of us-west took 15 ms from its first to its last action.');
  });

  it('is inconclusive when it took longer', () => {
    const record = buildRecord();
    const last = record.manifest.faults[0]!.actions.at(-1)!;
    last.atMs = FAULT_MS + 100;
    expectVerdict(blastOnset(), record, 'passed');
    last.atMs = FAULT_MS + 101;
    const { gaps } = expectVerdict(blastOnset(), record, 'inconclusive');
    assert.deepEqual(gaps, ['Power loss of us-west took 101 ms, a loss of power may take 100 ms']);
  });

  it('is inconclusive when a process was killed while an edge could still carry its goodbye', () => {
    const record = buildRecord();
    record.manifest.faults[0]!.actions.find(({ what }) => what === 'cut')!.atMs = FAULT_MS + 13;
    assert.deepEqual(expectVerdict(blastOnset(), record, 'inconclusive').gaps, [
      'Power loss of us-west: a process was killed before every edge had been cut',
    ]);
  });

  it('only measures other kinds of faults', () => {
    const record = buildRecord();
    const fault = record.manifest.faults[0]!;
    fault.kind = 'partition';
    fault.actions.at(-1)!.atMs = FAULT_MS + 900;
    assert.equal(measured(expectVerdict(blastOnset(), record, 'passed'), 'onset-spread'), 900);
  });

  it('is inconclusive without a fault and without actions', () => {
    const record = buildRecord();
    record.manifest.faults[0]!.actions = [];
    expectVerdict(blastOnset(), record, 'inconclusive');
    record.manifest.faults = [];
    expectVerdict(blastOnset(), record, 'inconclusive');
  });
});
