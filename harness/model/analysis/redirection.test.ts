import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { redirection } from './redirection.ts';
import { type Behaviour, handledWell, unanswered } from './test-builders/operations-builder.ts';
import { buildRecord } from './test-builders/record-builder.ts';
import { FAULT_MS } from './test-builders/story-times.ts';

/** Clients of us-west go on dialling the lost zone until then. */
function stuckUntil(afterFaultMs: number): Behaviour {
  return (planned) =>
    planned.region === 'us-west' && planned.afterFaultMs >= 0 && planned.afterFaultMs < afterFaultMs
      ? unanswered(planned, 'us-west')
      : handledWell(planned);
}

describe('redirection of clients', () => {
  it('ends with the last operation that dialled the lost zone', () => {
    const moved = redirection(buildRecord())!;
    assert.equal(moved.state, 'redirected');
    assert.equal(Math.round(moved.redirectMs!), 2983);
    assert.deepEqual(moved.shares.before, { 'us-east': 0.5, 'us-west': 0.5 });
    assert.deepEqual(moved.shares.during, { 'us-east': 0.9625, 'us-west': 0.0375 });
    assert.deepEqual(moved.shares.after, { 'us-east': 0.5, 'us-west': 0.5 });
  });

  it('takes a single straggler seriously', () => {
    const record = buildRecord();
    const straggler = record.operations.find(({ intendedMs }) => intendedMs >= FAULT_MS + 25_000)!;
    straggler.datacenter = 'us-west';
    assert.equal(redirection(record)!.redirectMs, straggler.startMs - FAULT_MS);
  });

  it('has not happened when somebody still goes there as the hold ends', () => {
    const moved = redirection(buildRecord({ behaviour: stuckUntil(39_500) }))!;
    assert.deepEqual([moved.state, moved.redirectMs], ['not-redirected', null]);
    assert.equal(moved.reason, 'clients still dialled us-west 39.5 s after the fault, when the hold ended');
  });

  it('is unknown when nobody dialled anything after the last visit', () => {
    const record = buildRecord({ behaviour: stuckUntil(20_000) });
    record.operations = record.operations.filter(({ intendedMs }) => intendedMs < FAULT_MS + 20_000);
    const moved = redirection(record)!;
    assert.deepEqual([moved.state, moved.reason], ['unknown', 'only 0 operations followed the last one to us-west']);
  });

  it('is unknown when no operation had an address at all', () => {
    const record = buildRecord();
    for (const operation of record.operations) delete operation.datacenter;
    assert.equal(redirection(record)!.reason, 'no operation dialled any datacenter during the fault');
  });

  it('is unknown for a zone that does not exist', () => {
    const record = buildRecord();
    record.manifest.isolatedZone = 'us-north';
    assert.equal(redirection(record)!.reason, 'the topology has no zone us-north');
  });

  it('is immediate when nobody was there', () => {
    const behaviour: Behaviour = (planned) => ({ ...handledWell(planned), datacenter: 'us-east' });
    assert.equal(redirection(buildRecord({ behaviour }))!.redirectMs, 0);
  });

  it('is nothing to ask for when no zone is isolated', () => {
    const record = buildRecord();
    record.manifest.isolatedZone = null;
    assert.equal(redirection(record), null);
  });
});
