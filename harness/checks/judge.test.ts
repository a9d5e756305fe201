import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { buildRecord } from '../model/analysis/test-builders/record-builder.ts';
import type { Check } from '../model/experiment.ts';
import type { RunRecord } from '../model/run-record.ts';
import type { CheckStatus, RunVerdict } from '../model/verdict.ts';
import { type ConditionalCheck, defineCheck } from './conclusion.ts';
import { standardChecks } from './index.ts';
import { judge } from './judge.ts';

/** A check that always comes to the same status. */
function fixed(status: CheckStatus): Check {
  return defineCheck({ name: `always-${status}`, title: `Always ${status}`, question: 'survive' }, () => ({
    expected: 'anything',
    observed: 'something',
    violated: status === 'deviated',
    gaps: status === 'inconclusive' ? ['nothing was seen'] : [],
    sentences: { passed: 'Good.', deviated: 'Bad.', inconclusive: 'Not known' },
    measurements: [],
  }));
}

describe('judge', () => {
  const table: [CheckStatus[], RunVerdict | null, RunVerdict][] = [
    [[], null, 'inconclusive'],
    [['passed'], null, 'passed'],
    [['passed', 'inconclusive'], null, 'inconclusive'],
    [['inconclusive', 'deviated', 'passed'], null, 'deviated'],
    [['passed'], 'aborted', 'aborted'],
    [['deviated'], 'aborted', 'aborted'],
    [['deviated'], 'interrupted', 'interrupted'],
    [['deviated', 'inconclusive'], 'failed', 'failed'],
    [[], 'interrupted', 'interrupted'],
  ];
  for (const [statuses, ending, expected] of table) {
    it(`calls a run with ${statuses.join(', ') || 'no check'}${ending === null ? '' : ` that was ${ending}`} ${expected}`, () => {
      const record = buildRecord();
      if (ending === 'aborted' || ending === 'interrupted' || ending === 'failed') {
        record.manifest.ending = { verdict: ending, reason: 'as told' };
      }
      assert.equal(judge(record, statuses.map(fixed)).verdict, expected);
    });
  }

  it('never passes a record with gaps, or one that nobody finished', () => {
    const record = buildRecord();
    record.gaps = ['metrics could not be read'];
    assert.equal(judge(record, [fixed('passed')]).verdict, 'inconclusive');
    assert.equal(judge(record, [fixed('deviated')]).verdict, 'deviated');
    const endless = buildRecord();
    endless.manifest.finishedAtMs = null;
    assert.equal(judge(endless, [fixed('passed')]).verdict, 'inconclusive');
  });

  it('makes a check that throws inconclusive, and makes the others all the same', () => {
    const broken: Check = {
      name: 'broken',
      title: 'Broken',
      run: () => {
        throw new TypeError('x is undefined');
      },
    };
    const { verdict, verdicts } = judge(buildRecord(), [broken, fixed('passed')]);
    assert.equal(verdict, 'inconclusive');
    assert.deepEqual(
      verdicts.map(({ check, status, sentence }) => [check, status, sentence]),
      [
        ['broken', 'inconclusive', '"Broken" could not be judged: the check failed: x is undefined.'],
        ['always-passed', 'passed', 'Good.'],
      ],
    );
  });

  it('leaves out a check that does not apply, and passes nothing when none does', () => {
    const conditional: ConditionalCheck = { ...fixed('deviated'), applies: () => false };
    assert.deepEqual(judge(buildRecord(), [conditional, fixed('passed')]), judge(buildRecord(), [fixed('passed')]));
    assert.equal(judge(buildRecord(), [conditional]).verdict, 'inconclusive');
  });

  it('passes a record of an outage that was handled well, by every check', () => {
    const { verdict, verdicts } = judge(buildRecord(), standardChecks());
    assert.deepEqual(
      verdicts.filter(({ status }) => status !== 'passed').map(({ check, sentence }) => [check, sentence]),
      [],
    );
    assert.equal(verdict, 'passed');
    const judged = verdicts.map(({ check }) => check);
    const left = standardChecks().filter(({ name }) => !judged.includes(name));
    assert.deepEqual(
      left.map(({ name }) => name),
      ['staleness'],
      'the only one of which this record promises nothing',
    );
  });

  it('does not depend on the order in which things were recorded', () => {
    const spoil = (record: RunRecord) => {
      const stale = record.operations.filter(({ epoch }) => epoch === 2)[4]!;
      Object.assign(stale, { epoch: 1, writtenBy: 'db.us-west' });
      return record;
    };
    const ordered = spoil(buildRecord());
    const reversed = spoil(buildRecord());
    for (const list of [reversed.operations, reversed.spans, reversed.events, reversed.manifest.roles]) list.reverse();
    for (const list of [reversed.alerts!, reversed.ledger!.sources, reversed.manifest.faults[0]!.actions])
      list.reverse();
    const told = (record: RunRecord) =>
      judge(record, standardChecks()).verdicts.map(({ check, status, sentence }) => [check, status, sentence]);
    assert.deepEqual(told(reversed), told(ordered));
  });

  it('passes nothing of an empty record', () => {
    const record = buildRecord();
    Object.assign(record, { operations: [], spans: [], metrics: [], alerts: null, events: [], ledger: null });
    Object.assign(record.manifest, { phases: [], faults: [], canary: [], roles: [], finishedAtMs: null });
    record.manifest.harness.generator = null;
    record.manifest.stopConditions = [{ condition: 'p99 > 5', samples: 0, blind: 0, worst: null }];
    const { verdict, verdicts } = judge(record, standardChecks());
    assert.equal(verdict, 'inconclusive');
    assert.deepEqual(
      verdicts.filter(({ status }) => status !== 'inconclusive').map(({ check }) => check),
      [],
    );
  });

  it('gives every check its own name and a full sentence', () => {
    const { verdicts } = judge(buildRecord(), standardChecks());
    assert.equal(new Set(verdicts.map(({ check }) => check)).size, verdicts.length);
    for (const { check, sentence, expected, observed } of verdicts) {
      assert.match(sentence, /^[A-Z0-9].*\.$/, check);
      assert.ok(expected.length > 0 && observed.length > 0, check);
      assert.ok(!/undefined|NaN|null|\[object/.test(`${sentence} ${expected} ${observed}`), `${check}: ${sentence}`);
    }
  });

  it('asks the four questions in the order of the report', () => {
    const questions = judge(buildRecord(), standardChecks()).verdicts.map(({ question }) => question);
    assert.deepEqual([...new Set(questions)], ['survive', 'right', 'known', 'real']);
    assert.deepEqual(
      questions,
      questions.toSorted((one, other) => order(one) - order(other)),
    );
  });
});

const order = (question: string) => ['survive', 'right', 'known', 'real'].indexOf(question);
