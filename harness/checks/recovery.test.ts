import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { expectVerdict, measured } from '../model/analysis/test-builders/expect-verdict.ts';
import { type Behaviour, handledWell, refused } from '../model/analysis/test-builders/operations-builder.ts';
import { buildRecord, event } from '../model/analysis/test-builders/record-builder.ts';
import { FAULT_MS, RECOVERY_FROM_MS, UNDO_MS } from '../model/analysis/test-builders/story-times.ts';
import type { RunRecord } from '../model/run-record.ts';

import { recovery } from './recovery.ts';

function finalRole(record: RunRecord, node: string, role: string): void {
  const last = record.manifest.roles.findLast((observation) => observation.node === node);
  last!.role = role;
}

describe('recovery', () => {
  it('passes when service is good after the undo and the standby is back', () => {
    const verdict = expectVerdict(recovery(), buildRecord(), 'passed');
    assert.ok(verdict.sentence.endsWith('the standby was streaming again 3.5 s after the undo began.'));
    assert.equal(measured(verdict, 'rejoined-after-undo'), 3500);
  });

  it('deviates when service in one region is bad in the recovery phase', () => {
    const behaviour: Behaviour = (planned) =>
      planned.region === 'us-west' && planned.intendedMs >= RECOVERY_FROM_MS
        ? refused(planned, 'us-west')
        : handledWell(planned);
    const verdict = expectVerdict(recovery(), buildRecord({ behaviour }), 'deviated');
    assert.equal(
      verdict.sentence,
      'The system was not whole again after the undo: in us-west 0 % succeeded (objective 99 %).',
    );
  });

  it('does not count failures from before the recovery phase', () => {
    const behaviour: Behaviour = (planned) =>
      planned.intendedMs >= UNDO_MS && planned.intendedMs < RECOVERY_FROM_MS
        ? refused(planned, planned.region)
        : handledWell(planned);
    expectVerdict(recovery(), buildRecord({ behaviour }), 'passed');
  });

  it('deviates when a database did not come back as standby', () => {
    const record = buildRecord();
    finalRole(record, 'db.us-west', 'fenced');
    const verdict = expectVerdict(recovery(), record, 'deviated');
    assert.equal(
      verdict.sentence,
      'The system was not whole again after the undo: db.us-west was fenced at the end instead of standby.',
    );
  });

  it('deviates when there were two primaries or none at the end', () => {
    const two = buildRecord();
    finalRole(two, 'db.us-west', 'primary');
    assert.match(
      expectVerdict(recovery(), two, 'deviated').sentence,
      /2 databases were primary at the end instead of one/,
    );
    const none = buildRecord();
    finalRole(none, 'db.us-east', 'standby');
    assert.match(expectVerdict(recovery(), none, 'deviated').sentence, /0 databases were primary/);
  });

  it('takes the word of an event when final roles were not observed, and nothing for neither', () => {
    const record = buildRecord();
    record.manifest.roles = record.manifest.roles.filter(({ atMs }) => atMs < UNDO_MS);
    expectVerdict(recovery(), record, 'passed');
    record.events = [
      event(FAULT_MS - 1, 'db.us-east', 'standby-streaming'),
      event(UNDO_MS + 1, 'db.us-east', 'in-sync', { value: false }),
    ];
    const { gaps } = expectVerdict(recovery(), record, 'inconclusive');
    assert.deepEqual(gaps, ['the final role of db.us-east and db.us-west was not observed']);
  });

  it('is inconclusive without an undo, without the phase and without operations in it', () => {
    const held = buildRecord();
    Object.assign(held.manifest.faults[0]!, { undoneFromMs: null, undoneUntilMs: null, undoActions: [] });
    expectVerdict(recovery(), held, 'inconclusive');
    const cut = buildRecord();
    cut.manifest.phases = cut.manifest.phases.filter(({ phase }) => phase !== 'recovery');
    expectVerdict(recovery(), cut, 'inconclusive');
    const silent = buildRecord();
    silent.operations = silent.operations.filter(({ intendedMs }) => intendedMs < RECOVERY_FROM_MS);
    expectVerdict(recovery(), silent, 'inconclusive');
  });
});
