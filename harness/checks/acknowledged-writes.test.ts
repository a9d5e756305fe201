import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { expectVerdict, measured } from '../model/analysis/test-builders/expect-verdict.ts';
import { buildRecord } from '../model/analysis/test-builders/record-builder.ts';
import { FAULT_MS } from '../model/analysis/test-builders/story-times.ts';
import type { RunRecord } from '../model/run-record.ts';

import { acknowledgedWrites } from './acknowledged-writes.ts';

const SOURCES = ['api', 'db.us-east', 'db.us-west'];

/** The acknowledged writes of a span before or after the fault. */
function writesWithin(record: RunRecord, fromMs: number, toMs: number) {
  return record.operations.filter(
    ({ class: kind, outcome, endMs }) =>
      kind === 'write' && outcome === 'ok' && endMs! >= FAULT_MS + fromMs && endMs! < FAULT_MS + toMs,
  );
}

function lose(record: RunRecord, writeIds: readonly (string | undefined)[], sources = SOURCES): void {
  for (const source of record.ledger!.sources) {
    if (sources.includes(source.source))
      source.found = source.found!.filter(({ writeId }) => !writeIds.includes(writeId));
  }
}

describe('acknowledged-writes', () => {
  it('passes when every acknowledged write is found everywhere', () => {
    const record = buildRecord();
    const verdict = expectVerdict(acknowledgedWrites(), record, 'passed');
    assert.equal(
      verdict.sentence,
      'All 1,440 acknowledged writes were found through the API and in every copy of the database.',
    );
    assert.deepEqual([measured(verdict, 'rpa-writes'), measured(verdict, 'rpa-time')], [0, 0]);
  });

  it('names each lost write, and how much time was lost', () => {
    const record = buildRecord();
    const lost = writesWithin(record, -1000, 0);
    lose(
      record,
      lost.map(({ writeId }) => writeId),
    );
    const verdict = expectVerdict(acknowledgedWrites(), record, 'deviated');
    assert.equal(
      verdict.sentence,
      `${lost.length} of 1,440 acknowledged writes were lost, acknowledged over 980 ms (objective: none may be lost).`,
    );
    assert.equal(measured(verdict, 'rpa-writes'), lost.length);
    assert.equal(measured(verdict, 'rpa-time'), (FAULT_MS - lost[0]!.endMs!) / 1000);
    assert.equal(verdict.findingsTotal, lost.length);
    const [finding] = verdict.findings;
    assert.equal(
      finding!.summary,
      `${lost[0]!.writeId} (post-photo of ${lost[0]!.user} in ${lost[0]!.region}), acknowledged by db.us-west, is missing in api, db.us-east and db.us-west`,
    );
    assert.deepEqual([finding!.traceId, finding!.atMs], [lost[0]!.traceId, lost[0]!.endMs]);
    assert.ok(verdict.advice?.includes('synchronous'));
  });

  it('counts a loss after the fault up to the last write that was lost', () => {
    const record = buildRecord();
    const lost = writesWithin(record, 10_000, 12_000);
    lose(
      record,
      lost.map(({ writeId }) => writeId),
    );
    const verdict = expectVerdict(acknowledgedWrites(), record, 'deviated');
    assert.equal(measured(verdict, 'rpa-time'), (lost.at(-1)!.endMs! - lost[0]!.endMs!) / 1000);
  });

  for (const source of SOURCES) {
    it(`deviates when a write is missing in ${source} only`, () => {
      const record = buildRecord();
      lose(record, [writesWithin(record, -1000, 0)[0]!.writeId], [source]);
      const { findings } = expectVerdict(acknowledgedWrites(), record, 'deviated');
      assert.deepEqual(findings[0]!.details?.missingIn, [source]);
    });

    it(`is inconclusive when ${source} could not be read or was not asked`, () => {
      const unread = buildRecord();
      const found = unread.ledger!.sources.find((candidate) => candidate.source === source)!;
      Object.assign(found, { found: null, problem: 'connection refused' });
      const verdict = expectVerdict(acknowledgedWrites(), unread, 'inconclusive');
      assert.deepEqual(verdict.gaps, [`writes could not be looked up in ${source}: connection refused`]);
      assert.equal(measured(verdict, 'rpa-writes'), null);
      const unasked = buildRecord();
      unasked.ledger!.sources = unasked.ledger!.sources.filter((candidate) => candidate.source !== source);
      expectVerdict(acknowledgedWrites(), unasked, 'inconclusive');
    });
  }

  it('deviates when the row is there but not what the write did', () => {
    const record = buildRecord();
    record.ledger!.sources[1]!.found![0]!.present = false;
    const { findings } = expectVerdict(acknowledgedWrites(), record, 'deviated');
    assert.match(findings[0]!.summary, /is without its effect in db\.us-east, found in api and db\.us-west$/);
  });

  it('stays deviated with the gap listed when a source is missing beside a loss', () => {
    const record = buildRecord();
    lose(record, [writesWithin(record, -1000, 0)[0]!.writeId]);
    record.ledger!.sources[0]!.found = null;
    const verdict = expectVerdict(acknowledgedWrites(), record, 'deviated');
    assert.equal(verdict.gaps.length, 1);
  });

  it('allows as many losses as the objective does', () => {
    const record = buildRecord();
    record.manifest.objectives.rpoWrites = 2;
    const [first, second, third] = writesWithin(record, -1000, 0).map(({ writeId }) => writeId);
    lose(record, [first, second]);
    const verdict = record.ledger && acknowledgedWrites().run(record);
    assert.deepEqual([verdict!.status, verdict!.findingsTotal], ['passed', 2]);
    lose(record, [third]);
    expectVerdict(acknowledgedWrites(), record, 'deviated');
  });

  it('tells what the replication that was asked for promises, and judges as ever', () => {
    const record = buildRecord();
    record.manifest.objectives.rpoTerms = 'durability=async: what the standby lacks is lost';
    lose(record, [writesWithin(record, -1000, 0)[0]!.writeId]);
    const { expected } = expectVerdict(acknowledgedWrites(), record, 'deviated');
    assert.match(expected, /\(none may be lost; durability=async: what the standby lacks is lost\)/);
  });

  it('lets unknown writes be there or not, and counts them', () => {
    const record = buildRecord();
    const [unknown] = record.operations.filter(({ outcome }) => outcome === 'info');
    for (const source of record.ledger!.sources) {
      source.found!.push({ writeId: unknown!.writeId!, present: true, writtenBy: 'db.us-west', epoch: 1 });
    }
    const verdict = expectVerdict(acknowledgedWrites(), record, 'passed');
    assert.deepEqual([measured(verdict, 'unknown'), measured(verdict, 'unknown-but-present')], [30, 1]);
  });

  it('deviates when a write was reported as certainly not done and exists', () => {
    const record = buildRecord();
    const failed = record.operations.find(({ outcome, class: kind }) => outcome === 'fail' && kind === 'write')!;
    record.ledger!.sources[2]!.found!.push({
      writeId: failed.writeId!,
      present: true,
      writtenBy: 'db.us-west',
      epoch: 1,
    });
    const verdict = expectVerdict(acknowledgedWrites(), record, 'deviated');
    assert.equal(verdict.sentence, '1 write reported as certainly not done exists.');
    assert.match(verdict.findings[0]!.summary, /definitely failed with http-503, but is present in db\.us-west$/);
    assert.equal(verdict.findings[0]!.traceId, failed.traceId);
    assert.ok(verdict.advice?.includes('not applied'));
  });

  it('keeps 50 findings and counts them all', () => {
    const record = buildRecord();
    for (const source of record.ledger!.sources) source.found = [];
    const verdict = expectVerdict(acknowledgedWrites(), record, 'deviated');
    assert.deepEqual([verdict.findings.length, verdict.findingsTotal], [50, 1440]);
  });

  it('is inconclusive without a ledger, without acknowledged writes, and for writes without an id', () => {
    expectVerdict(acknowledgedWrites(), { ...buildRecord(), ledger: null }, 'inconclusive');
    const record = buildRecord();
    record.operations = record.operations.filter(({ class: kind }) => kind === 'read');
    assert.deepEqual(expectVerdict(acknowledgedWrites(), record, 'inconclusive').gaps, ['no write was acknowledged']);
    const anonymous = buildRecord();
    delete anonymous.operations.find(({ class: kind }) => kind === 'write')!.writeId;
    assert.deepEqual(expectVerdict(acknowledgedWrites(), anonymous, 'inconclusive').gaps, [
      '1 acknowledged write had no id to look for',
    ]);
  });
});
