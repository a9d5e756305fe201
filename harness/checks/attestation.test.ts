import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { expectVerdict } from '../model/analysis/test-builders/expect-verdict.ts';
import { buildRecord } from '../model/analysis/test-builders/record-builder.ts';

import { everythingUndone } from './everything-undone.ts';
import { faultsAttested } from './faults-attested.ts';

describe('faults-attested and everything-undone', () => {
  it('pass when every probe confirmed it', () => {
    assert.equal(
      expectVerdict(faultsAttested(), buildRecord(), 'passed').sentence,
      'The fault really happened (Power loss of us-west): 26 of 26 probes confirmed it.',
    );
    assert.equal(
      expectVerdict(everythingUndone(), buildRecord(), 'passed').sentence,
      'Everything that was broken is back: 13 of 13 probes confirmed it.',
    );
  });

  for (const stage of ['before', 'injected', 'undone'] as const) {
    const check = stage === 'undone' ? everythingUndone() : faultsAttested();
    const other = stage === 'undone' ? faultsAttested() : everythingUndone();

    for (const status of ['mismatch', 'unproven'] as const) {
      it(`are inconclusive when one probe ${stage} is ${status}, each for its own stages`, () => {
        const record = buildRecord();
        const probe = record.manifest.faults[0]!.attestation[stage].at(-1)!;
        Object.assign(probe, { status, observed: 'something else' });
        const { findings } = expectVerdict(check, record, 'inconclusive');
        assert.equal(findings.length, 1);
        assert.ok(findings[0]!.summary.endsWith(`found: something else (${status})`));
        expectVerdict(other, record, 'passed');
      });
    }

    it(`are inconclusive when nothing was probed ${stage}`, () => {
      const record = buildRecord();
      record.manifest.faults[0]!.attestation[stage] = [];
      expectVerdict(check, record, 'inconclusive');
    });
  }

  it('are inconclusive when no fault is recorded', () => {
    const record = buildRecord();
    record.manifest.faults = [];
    for (const check of [faultsAttested(), everythingUndone()]) expectVerdict(check, record, 'inconclusive');
  });
});
