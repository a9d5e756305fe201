import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { failoverTimeline, type MilestoneName } from './failover-timeline.ts';
import { buildRecord, event } from './test-builders/record-builder.ts';
import { FAULT_MS, UNDO_MS } from './test-builders/story-times.ts';

function milestone(record = buildRecord(), name: MilestoneName = 'fault') {
  return failoverTimeline(record).find((candidate) => candidate.name === name)!;
}

describe('failover timeline', () => {
  it('tells each step with its time after the fault and whose word it is', () => {
    assert.deepEqual(
      failoverTimeline(buildRecord()).map(({ name, afterFaultMs, source }) => [
        name,
        afterFaultMs === null ? null : Math.round(afterFaultMs),
        source,
      ]),
      [
        ['last-good-read', 3, 'clients'],
        ['last-good-write', -30, 'clients'],
        ['fault', 0, 'harness'],
        ['detected', 1200, 'geodns.edge: datacenter-down'],
        ['fenced', null, 'target'],
        ['lease-acquired', 4000, 'db.us-east: lease-acquired'],
        ['promoted', 4800, 'db.us-east: promoted'],
        ['redirected', 2983, 'clients'],
        ['reads-back', 3000, 'clients'],
        ['writes-back', 6000, 'clients'],
        ['undone', 40_023, 'harness'],
        ['rejoined', 43_500, 'db.us-west: standby-streaming'],
        ['in-sync', 44_000, 'db.us-east: in-sync'],
      ],
    );
  });

  it('ignores events of the bring-up and false ones of the recovery', () => {
    const record = buildRecord();
    record.events = [
      event(FAULT_MS - 20_000, 'db.us-west', 'lease-acquired', { epoch: 1 }),
      event(UNDO_MS + 1000, 'db.us-east', 'in-sync', { value: false }),
    ];
    assert.equal(milestone(record, 'lease-acquired').atMs, null);
    assert.equal(milestone(record, 'in-sync').atMs, null);
  });

  it('takes the earliest sign of detection, in whatever order events were recorded', () => {
    const record = buildRecord();
    record.events.push(event(FAULT_MS + 700, 'db.us-east', 'lease-renewal-failed'));
    assert.equal(milestone(record, 'detected').afterFaultMs, 700);
  });

  it('does not call a service back that is back in one region only', () => {
    const record = buildRecord();
    for (const operation of record.operations) {
      if (operation.region === 'us-west' && operation.class === 'read' && operation.intendedMs >= FAULT_MS) {
        operation.outcome = 'fail';
      }
    }
    assert.equal(milestone(record, 'reads-back').atMs, null);
    assert.equal(milestone(record, 'writes-back').afterFaultMs, 6000);
  });

  it('takes the last success from before the fault when no zone is isolated', () => {
    const record = buildRecord();
    record.manifest.isolatedZone = null;
    const last = milestone(record, 'last-good-read');
    assert.equal(Math.round(last.afterFaultMs!), 3);
    assert.equal(milestone(record, 'redirected').atMs, null);
  });

  it('is empty when nothing was injected', () => {
    const record = buildRecord();
    record.manifest.faults = [];
    assert.deepEqual(failoverTimeline(record), []);
  });
});
