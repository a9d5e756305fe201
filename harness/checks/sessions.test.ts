import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { expectVerdict } from '../model/analysis/test-builders/expect-verdict.ts';
import { answered, unanswered } from '../model/analysis/test-builders/operations-builder.ts';
import { buildRecord } from '../model/analysis/test-builders/record-builder.ts';
import { FAULT_MS } from '../model/analysis/test-builders/story-times.ts';

import { sessions } from './sessions.ts';

describe('sessions', () => {
  it('passes when nobody was logged out and sessions were seen at work after the fault', () => {
    const verdict = expectVerdict(sessions(), buildRecord(), 'passed');
    assert.equal(verdict.sentence, 'Nobody was logged out: 40 of 40 sessions from before the fault worked after it.');
  });

  it('deviates when a single session was refused, with its trace', () => {
    const record = buildRecord();
    const refusal = record.operations.find(({ intendedMs }) => intendedMs > FAULT_MS + 20_000)!;
    Object.assign(refusal, { outcome: 'fail', status: 401, loggedOut: true });
    const verdict = expectVerdict(sessions(), record, 'deviated');
    assert.equal(
      verdict.sentence,
      '1 user was logged out by a session that had been valid; 40 of 40 sessions from before the fault worked after it.',
    );
    assert.equal(verdict.findings[0]!.traceId, refusal.traceId);
  });

  it('counts a refusal before the fault as well: it is never right', () => {
    const record = buildRecord();
    record.operations[0]!.loggedOut = true;
    expectVerdict(sessions(), record, 'deviated');
  });

  it('is inconclusive when too few sessions worked after the fault', () => {
    const record = buildRecord({
      behaviour: (planned) =>
        planned.region === 'us-west' && planned.afterFaultMs >= 0
          ? unanswered(planned, 'us-west')
          : answered(planned, { datacenter: planned.region, epoch: 1 }),
    });
    const { gaps } = expectVerdict(sessions(), record, 'inconclusive');
    assert.deepEqual(gaps, ['only 20 of 40 sessions from before the fault worked after it']);
  });

  it('does not count sessions that were opened only after the fault', () => {
    const record = buildRecord();
    for (const operation of record.operations) {
      if (operation.intendedMs >= FAULT_MS) operation.process += 1000;
    }
    expectVerdict(sessions(), record, 'inconclusive');
  });

  it('is inconclusive without a fault and without operations', () => {
    const calm = buildRecord();
    calm.manifest.faults = [];
    expectVerdict(sessions(), calm, 'inconclusive');
    expectVerdict(sessions(), { ...buildRecord(), operations: [] }, 'inconclusive');
  });
});
