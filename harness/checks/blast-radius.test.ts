import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { buildRecord } from '../model/analysis/test-builders/record-builder.ts';
import { FAULT_MS } from '../model/analysis/test-builders/story-times.ts';
import { BLAST_WINDOW_MS, type BlastRadius } from '../model/blast-radius.ts';
import { blastRadius } from './blast-radius.ts';

function verdict(declared: BlastRadius, spoil: (record: ReturnType<typeof buildRecord>) => void = () => undefined) {
  const record = buildRecord();
  record.manifest.blastRadius = declared;
  spoil(record);
  return blastRadius().run(record);
}

const WIDE: BlastRadius = { users: 1, operations: 0.9 };

describe('the check of the blast radius', () => {
  it('has no use for an experiment that declares none', () => {
    const record = buildRecord();
    record.manifest.blastRadius = null;
    assert.equal(blastRadius().applies(record), false);
    delete record.manifest.blastRadius;
    assert.equal(blastRadius().applies(record), false);
  });

  it('passes when no more was touched than was declared, and measures it', () => {
    const { status, measurements } = verdict(WIDE);
    assert.equal(status, 'passed');
    const value = (name: string) => measurements.find((measurement) => measurement.name === name)?.value ?? 0;
    assert.ok(value('users-touched') > 0 && value('users-touched') <= 100);
    assert.ok(value('operations-failed-at-worst') > 0 && value('operations-failed-at-worst') < 90);
    assert.ok(value('traffic-through-the-fault') > 0);
  });

  it('deviates when more users, or more operations, were touched', () => {
    assert.equal(verdict({ ...WIDE, users: 0.001 }).status, 'deviated');
    assert.equal(verdict({ ...WIDE, operations: 0.001 }).status, 'deviated');
    assert.match(verdict({ ...WIDE, operations: 0.001 }).sentence, /^The faults touched more than was declared/);
  });

  it('judges the worst ten seconds, however long the faults stay', () => {
    const share = (holdMs: number) => {
      const record = buildRecord();
      record.manifest.blastRadius = WIDE;
      for (const fault of record.manifest.faults) fault.undoneUntilMs = FAULT_MS + holdMs;
      const { measurements } = blastRadius().run(record);
      return measurements.find(({ name }) => name === 'operations-failed-at-worst')?.value;
    };
    assert.equal(share(3 * BLAST_WINDOW_MS), share(BLAST_WINDOW_MS));
  });

  it('knows nothing without operations or without a fault', () => {
    assert.equal(verdict(WIDE, (record) => Object.assign(record, { operations: [] })).status, 'inconclusive');
    assert.equal(verdict(WIDE, ({ manifest }) => Object.assign(manifest, { faults: [] })).status, 'inconclusive');
  });
});
