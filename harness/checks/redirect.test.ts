import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { expectVerdict, measured } from '../model/analysis/test-builders/expect-verdict.ts';
import { type Behaviour, handledWell, unanswered } from '../model/analysis/test-builders/operations-builder.ts';
import { buildRecord } from '../model/analysis/test-builders/record-builder.ts';
import { FAULT_MS } from '../model/analysis/test-builders/story-times.ts';
import type { RunRecord } from '../model/run-record.ts';

import { redirect } from './redirect.ts';

function stuckUntil(afterFaultMs: number): RunRecord {
  const behaviour: Behaviour = (planned) =>
    planned.region === 'us-west' && planned.afterFaultMs >= 0 && planned.afterFaultMs < afterFaultMs
      ? unanswered(planned, 'us-west')
      : handledWell(planned);
  return buildRecord({ behaviour });
}

describe('redirect', () => {
  it('passes with the time and the shares before, during and after', () => {
    const verdict = expectVerdict(redirect(), buildRecord(), 'passed');
    assert.equal(
      verdict.sentence,
      'All clients had left us-west, which served 50 % of them before, 3 s after the fault (objective 10 s).',
    );
    assert.equal(measured(verdict, 'traffic-share', { zone: 'us-east', period: 'during' }), 96.25);
    assert.equal(measured(verdict, 'traffic-share', { zone: 'us-west', period: 'after' }), 50);
  });

  it('deviates when clients left too late, naming the last visits', () => {
    expectVerdict(redirect(), stuckUntil(10_000), 'passed');
    const verdict = expectVerdict(redirect(), stuckUntil(12_000), 'deviated');
    assert.equal(verdict.sentence, 'Clients went on going to us-west for 12 s after the fault (objective 10 s).');
    assert.equal(verdict.findings.length, 3);
    assert.match(verdict.findings[0]!.summary, /^\S+ from us-west still went to us-west and ended with timeout$/);
    assert.ok(verdict.findings[0]!.atMs! < FAULT_MS + 12_000 && verdict.findings[0]!.atMs! > FAULT_MS + 11_900);
  });

  it('deviates when they never left, as behind a name server that checks nothing', () => {
    const verdict = expectVerdict(redirect(), stuckUntil(60_000), 'deviated');
    assert.equal(
      verdict.sentence,
      'Clients were never all redirected: clients still dialled us-west 40 s after the fault, when the hold ended (objective 10 s).',
    );
    assert.ok(verdict.advice?.includes('name server'));
  });

  it('is inconclusive when the hold was shorter than the objective', () => {
    const record = stuckUntil(60_000);
    record.manifest.phases.find(({ phase }) => phase === 'hold')!.endedAtMs = FAULT_MS + 9000;
    expectVerdict(redirect(), record, 'inconclusive');
  });

  it('is inconclusive when nobody could dial anything', () => {
    const record = buildRecord();
    for (const operation of record.operations) {
      if (operation.intendedMs >= FAULT_MS) delete operation.datacenter;
    }
    expectVerdict(redirect(), record, 'inconclusive');
  });

  it('does not apply when no zone is isolated', () => {
    const record = buildRecord();
    assert.equal(redirect().applies(record), true);
    record.manifest.isolatedZone = null;
    assert.equal(redirect().applies(record), false);
  });
});
