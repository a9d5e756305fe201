import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { expectVerdict, measured } from '../model/analysis/test-builders/expect-verdict.ts';
import { type Behaviour, handledWell, refused } from '../model/analysis/test-builders/operations-builder.ts';
import { buildRecord } from '../model/analysis/test-builders/record-builder.ts';
import { FAULT_MS } from '../model/analysis/test-builders/story-times.ts';

import { afterFailover } from './after-failover.ts';

describe('after-failover', () => {
  it('passes when service was good from each recovery on', () => {
    const verdict = expectVerdict(afterFailover(), buildRecord(), 'passed');
    assert.ok(
      verdict.sentence.startsWith('With the fault still there 100 % of operations succeeded for reads in us-east'),
    );
    assert.equal(measured(verdict, 'availability', { region: 'us-west', class: 'write' }), 100);
  });

  it('deviates when service is not there although it should have been back', () => {
    const behaviour: Behaviour = (planned) =>
      planned.region === 'us-east' && planned.class === 'write' && planned.afterFaultMs >= 0
        ? refused(planned, 'us-east')
        : handledWell(planned);
    const verdict = expectVerdict(afterFailover(), buildRecord({ behaviour }), 'deviated');
    assert.equal(
      verdict.sentence,
      'With the fault still there service was not good enough: for writes in us-east 0 % succeeded (objective 99 %).',
    );
  });

  it('deviates when the whole is worse than its windows allow one by one', () => {
    const behaviour: Behaviour = (planned) => ({
      ...handledWell(planned),
      ...(planned.afterFaultMs >= 36_000 && planned.class === 'read' ? { outcome: 'fail' as const } : {}),
    });
    expectVerdict(afterFailover(), buildRecord({ behaviour }), 'deviated');
  });

  it('does not count what failed before the recovery', () => {
    const behaviour: Behaviour = (planned) =>
      planned.afterFaultMs >= 0 && planned.afterFaultMs < 9000
        ? refused(planned, planned.region)
        : handledWell(planned);
    expectVerdict(afterFailover(), buildRecord({ behaviour }), 'passed');
  });

  it('is inconclusive when too little of the hold was left', () => {
    const behaviour: Behaviour = (planned) =>
      planned.afterFaultMs >= 0 ? refused(planned, planned.region) : handledWell(planned);
    const record = buildRecord({ behaviour });
    record.manifest.phases.find(({ phase }) => phase === 'hold')!.endedAtMs = FAULT_MS + 14_000;
    expectVerdict(afterFailover(), record, 'inconclusive');
  });

  it('is inconclusive without operations', () => {
    expectVerdict(afterFailover(), { ...buildRecord(), operations: [] }, 'inconclusive');
  });
});
