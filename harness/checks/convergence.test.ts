import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { expectVerdict } from '../model/analysis/test-builders/expect-verdict.ts';
import { buildRecord } from '../model/analysis/test-builders/record-builder.ts';

import { convergence } from './convergence.ts';

describe('convergence', () => {
  it('passes when every table is the same in every copy', () => {
    const verdict = expectVerdict(convergence(), buildRecord(), 'passed');
    assert.equal(
      verdict.sentence,
      'The copies of the database agree: 2 tables with 2,400 rows are the same in db.us-east and db.us-west.',
    );
  });

  for (const [what, change] of [
    ['number of rows', { rows: 1199 }],
    ['content', { digest: 'b2' }],
  ] as const) {
    it(`deviates when a table differs in its ${what}`, () => {
      const record = buildRecord();
      const { copies } = record.ledger!.convergence.tables[1]!;
      copies['db.us-west'] = { ...copies['db.us-west']!, ...change };
      const verdict = expectVerdict(convergence(), record, 'deviated');
      assert.equal(
        verdict.sentence,
        'The copies of the database do not agree: writes differ between db.us-east and db.us-west.',
      );
      assert.match(verdict.findings[0]!.summary, /^writes: 1,200 rows, digest a1 in db\.us-east and/);
    });
  }

  it('is inconclusive when copies were not compared', () => {
    expectVerdict(convergence(), { ...buildRecord(), ledger: null }, 'inconclusive');
    const record = buildRecord();
    record.ledger!.convergence = { compared: false, tables: [], problem: 'db.us-west did not catch up' };
    assert.deepEqual(expectVerdict(convergence(), record, 'inconclusive').gaps, [
      'the copies could not be compared: db.us-west did not catch up',
    ]);
  });

  it('is inconclusive with no table, one copy, or nothing but empty tables', () => {
    const none = buildRecord();
    none.ledger!.convergence.tables = [];
    expectVerdict(convergence(), none, 'inconclusive');
    const alone = buildRecord();
    delete alone.ledger!.convergence.tables[0]!.copies['db.us-west'];
    assert.deepEqual(expectVerdict(convergence(), alone, 'inconclusive').gaps, ['only one copy of photos was read']);
    const empty = buildRecord();
    for (const { copies } of empty.ledger!.convergence.tables) {
      for (const copy of Object.values(copies)) copy.rows = 0;
    }
    expectVerdict(convergence(), empty, 'inconclusive');
  });
});
