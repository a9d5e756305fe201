import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { expectVerdict, measured } from '../model/analysis/test-builders/expect-verdict.ts';
import { answered, type Behaviour } from '../model/analysis/test-builders/operations-builder.ts';
import { buildRecord } from '../model/analysis/test-builders/record-builder.ts';
import { FAULT_MS, LOAD_FROM_MS, STEADY_FROM_MS, UNDO_MS } from '../model/analysis/test-builders/story-times.ts';

import { alert } from './alert.ts';

/** Nobody feels the fault. */
const UNHURT: Behaviour = (planned) => answered(planned, { datacenter: planned.region, epoch: 1 });

describe('alert', () => {
  it('passes when a page was sent for what clients suffered', () => {
    const verdict = expectVerdict(alert(), buildRecord(), 'passed');
    assert.equal(
      verdict.sentence,
      'WritesBurnBudget fired 2.4 s after the fault; writes in us-east were bad for 6 s, reads in us-west were bad for 3 s and writes in us-west were bad for 6 s.',
    );
    assert.equal(measured(verdict, 'time-to-detect'), 2400);
    assert.equal(measured(verdict, 'time-to-burn-rate-alert'), 2400);
  });

  it('takes the first page of several, whatever their order', () => {
    const record = buildRecord();
    const [burn] = record.alerts!;
    record.alerts!.push({
      ...burn!,
      name: 'DatacenterUnreachable',
      labels: { severity: 'page' },
      firedAtMs: FAULT_MS + 1900,
    });
    const verdict = expectVerdict(alert(), record, 'passed');
    assert.deepEqual([measured(verdict, 'time-to-detect'), measured(verdict, 'time-to-burn-rate-alert')], [1900, 2400]);
  });

  it('deviates when clients suffered and no page was sent', () => {
    const verdict = expectVerdict(alert(), { ...buildRecord(), alerts: [] }, 'deviated');
    assert.equal(
      verdict.sentence,
      'Nobody would have known: writes in us-east were bad for 6 s, reads in us-west were bad for 3 s and writes in us-west were bad for 6 s, and no page was sent.',
    );
    assert.equal(verdict.findings.length, 3);
  });

  for (const [what, change] of [
    ['only became pending', { firedAtMs: null }],
    ['is only a ticket', { labels: { severity: 'ticket' } }],
    ['fired long before the fault', { firedAtMs: LOAD_FROM_MS }],
    ['fired only after the undo', { firedAtMs: UNDO_MS + 5000 }],
  ] as const) {
    it(`deviates when the one alert ${what}`, () => {
      const record = buildRecord();
      Object.assign(record.alerts![0]!, change);
      expectVerdict(alert(), record, 'deviated');
    });
  }

  it('passes in silence when clients felt nothing', () => {
    const record = { ...buildRecord({ behaviour: UNHURT }), alerts: [] };
    const verdict = expectVerdict(alert(), record, 'passed');
    assert.equal(
      verdict.sentence,
      'No page was sent; clients saw no more than the objectives allow (100 % succeeded).',
    );
  });

  it('deviates for a burn-rate page that no client felt, but not for a page about the cause', () => {
    const record = buildRecord({ behaviour: UNHURT });
    assert.equal(
      expectVerdict(alert(), record, 'deviated').sentence,
      'There was a false alarm: WritesBurnBudget fired during the fault, although no client saw worse than the objectives.',
    );
    record.alerts![0]!.labels = { severity: 'page' };
    expectVerdict(alert(), record, 'passed');
  });

  it('deviates for any page in the steady state, even when a right one follows', () => {
    const record = buildRecord();
    record.alerts!.push({ ...record.alerts![0]!, labels: { severity: 'page' }, firedAtMs: STEADY_FROM_MS + 1000 });
    const { findings } = expectVerdict(alert(), record, 'deviated');
    assert.equal(findings[0]!.summary, 'WritesBurnBudget fired in the steady state, before the fault');
  });

  it('is inconclusive when alerts could not be read, without a fault, and when impact is unknown', () => {
    expectVerdict(alert(), { ...buildRecord(), alerts: null }, 'inconclusive');
    const calm = buildRecord();
    calm.manifest.faults = [];
    expectVerdict(alert(), calm, 'inconclusive');
    const sparse = buildRecord({ behaviour: UNHURT });
    sparse.alerts = [];
    sparse.operations = sparse.operations.filter(({ intendedMs }) => intendedMs < FAULT_MS + 20_000);
    expectVerdict(alert(), sparse, 'inconclusive');
  });
});
