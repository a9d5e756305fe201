import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { expectVerdict } from '../model/analysis/test-builders/expect-verdict.ts';
import { buildRecord } from '../model/analysis/test-builders/record-builder.ts';

import { recordComplete } from './record-complete.ts';

describe('record-complete', () => {
  it('passes when the run ended by itself and everything could be read', () => {
    expectVerdict(recordComplete(), buildRecord(), 'passed');
  });

  it('is inconclusive with a gap, an ending, or no end', () => {
    expectVerdict(recordComplete(), { ...buildRecord(), gaps: ['spans: 1 damaged lines'] }, 'inconclusive');
    const ended = buildRecord();
    ended.manifest.ending = { verdict: 'interrupted', reason: 'Ctrl-C' };
    assert.deepEqual(expectVerdict(recordComplete(), ended, 'inconclusive').gaps, [
      'the run did not go through: Ctrl-C',
    ]);
    const endless = buildRecord();
    endless.manifest.finishedAtMs = null;
    expectVerdict(recordComplete(), endless, 'inconclusive');
  });
});
