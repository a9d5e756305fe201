import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { decideReplication, type ReplicationSituation } from './decide-replication.ts';

/** An open primary that waits for its healthy standby, with changes. */
function decided(changes: Partial<ReplicationSituation>) {
  return decideReplication({
    durability: 'sync',
    open: true,
    synchronous: true,
    inSync: true,
    standbyHealthy: true,
    silentMs: 100,
    standbyLostMs: 2000,
    startConfirmed: true,
    lagBytes: 0,
    ...changes,
  });
}

describe('the decision about replication', () => {
  it('leaves a healthy pair alone', () => {
    assert.equal(decided({}), 'none');
  });

  it('records the loss of the standby before commits stop waiting', () => {
    const lost = { standbyHealthy: false, silentMs: 2000 };
    assert.equal(decided(lost), 'record-out-of-sync');
    assert.equal(decided({ ...lost, inSync: false }), 'turn-off');
    assert.equal(decided({ ...lost, inSync: false, synchronous: false }), 'none');
  });

  it('does not give up a standby that was silent for less than the limit', () => {
    assert.equal(decided({ standbyHealthy: false, silentMs: 1999 }), 'none');
  });

  it('turns waiting on for a standby that is close, and not for one that is far behind', () => {
    const asynchronous = { inSync: false, synchronous: false };
    assert.equal(decided({ ...asynchronous, lagBytes: 1_048_576 }), 'turn-on');
    assert.equal(decided({ ...asynchronous, lagBytes: 1_048_577 }), 'none');
    assert.equal(decided({ ...asynchronous, standbyHealthy: false }), 'none');
  });

  it('never turns waiting on with asynchronous durability', () => {
    assert.equal(decided({ durability: 'async', inSync: false, synchronous: false }), 'none');
    assert.equal(decided({ durability: 'async', synchronous: false }), 'record-out-of-sync');
  });

  it('opens a restarted primary when its standby has confirmed the position', () => {
    assert.equal(decided({ open: false }), 'open');
    assert.equal(decided({ open: false, startConfirmed: false }), 'none');
    assert.equal(decided({ open: false, standbyHealthy: false }), 'none');
  });

  it('opens a restarted primary without its standby only after recording that', () => {
    const alone = { open: false, standbyHealthy: false, silentMs: 2000, startConfirmed: false };
    assert.equal(decided(alone), 'record-out-of-sync');
    assert.equal(decided({ ...alone, inSync: false }), 'turn-off');
    assert.equal(decided({ ...alone, inSync: false, synchronous: false }), 'open');
  });

  it('opens at once when the record does not say that the standby has everything', () => {
    assert.equal(decided({ open: false, inSync: false, synchronous: false, standbyHealthy: false }), 'open');
  });

  it('never lets the record say in sync while commits do not wait', () => {
    assert.equal(decided({ synchronous: false }), 'record-out-of-sync');
  });
});
