import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { type Action, decide, type Situation } from './decide.ts';
import type { LeaseRecord } from './lease-record.ts';

const NODE = 'db.us-east';
const PEER = 'db.us-west';

function record(changes: Partial<LeaseRecord> = {}): LeaseRecord {
  return { holder: PEER, epoch: 3, inSync: true, renewal: 'r', lsn: '0/1', released: false, ...changes };
}

/** A standby in sync whose primary is alive, with changes. */
function situation(changes: Partial<Situation> = {}): Situation {
  return {
    node: NODE,
    initialRole: 'standby',
    durability: 'sync',
    neverPromotes: false,
    record: record(),
    lastKnown: { holder: PEER, epoch: 3 },
    expired: false,
    promised: false,
    authority: false,
    directory: 'standby',
    database: 'standby',
    lagMs: 100,
    lagLimitMs: 5000,
    unfedMs: 0,
    peerOpen: true,
    ...changes,
  };
}

function decided(changes: Partial<Situation>): Action {
  return decide(situation(changes));
}

const takeOver: Action = { kind: 'take-over', cause: 'lease-expired' };

describe('the decision about the next action', () => {
  describe('of a standby', () => {
    it('waits as long as the lease is held', () => {
      assert.deepEqual(decided({}), { kind: 'wait', why: 'the lease is held' });
    });

    it('takes over when the lease has expired and the record says that it has every commit', () => {
      assert.deepEqual(decided({ expired: true }), takeOver);
    });

    it('takes over with the cause that the lease was released', () => {
      assert.deepEqual(decided({ expired: true, record: record({ released: true }) }), {
        kind: 'take-over',
        cause: 'released',
      });
    });

    it('does not take over when the record does not say that it has every commit', () => {
      assert.equal(decided({ expired: true, record: record({ inSync: false }) }).kind, 'wait');
    });

    it('does not take over while its promise runs', () => {
      assert.deepEqual(decided({ expired: true, promised: true }), {
        kind: 'wait',
        why: 'a promise to the primary still runs',
      });
    });

    it('does not take over as the mutant that never promotes', () => {
      assert.equal(decided({ expired: true, neverPromotes: true }).kind, 'wait');
    });

    it('does not take over before PostgreSQL runs as a complete standby', () => {
      assert.deepEqual(decided({ expired: true, database: 'stopped' }), { kind: 'start-standby' });
      assert.deepEqual(decided({ expired: true, database: 'stopped', directory: 'incomplete' }), { kind: 'clone' });
    });

    it('with asynchronous durability takes over within the lag limit only, whatever the record says', () => {
      const asynchronous = { expired: true, durability: 'async', record: record({ inSync: false }) } as const;
      assert.deepEqual(decided({ ...asynchronous, lagMs: 5000 }), takeOver);
      assert.deepEqual(decided({ ...asynchronous, lagMs: 5001 }), {
        kind: 'wait',
        why: 'the standby was 5001 ms behind, the limit is 5000 ms',
      });
      assert.equal(decided({ ...asynchronous, lagMs: Number.POSITIVE_INFINITY }).kind, 'wait');
    });

    it('parts from a history that an open primary does not feed', () => {
      assert.deepEqual(decided({ unfedMs: 6001 }), { kind: 'rewind' });
      assert.equal(decided({ unfedMs: 6001, peerOpen: false }).kind, 'wait');
    });

    it('promotes only with the lease and its authority', () => {
      const holding = { record: record({ holder: NODE, epoch: 4, inSync: false }) };
      assert.deepEqual(decided({ ...holding, authority: true }), { kind: 'promote' });
      assert.equal(decided({ ...holding, authority: false }).kind, 'wait');
    });
  });

  describe('of a primary', () => {
    const primary = { directory: 'primary', database: 'primary', record: record({ holder: NODE }) } as const;

    it('serves while it has authority', () => {
      assert.deepEqual(decided({ ...primary, authority: true }), { kind: 'serve' });
    });

    it('serves on a promise even when no coordinator has answered', () => {
      assert.deepEqual(decided({ ...primary, record: 'unknown', authority: true }), { kind: 'serve' });
    });

    it('fences itself without authority, whatever the record says', () => {
      for (const seen of [record({ holder: NODE }), record(), 'none', 'unknown'] as const) {
        assert.deepEqual(decided({ ...primary, record: seen }), { kind: 'fence', reason: 'neither lease nor promise' });
      }
    });

    it('fences itself when another node holds the lease', () => {
      assert.deepEqual(decided({ ...primary, record: record(), authority: true }), {
        kind: 'fence',
        reason: 'the lease is held by db.us-west',
      });
    });

    it('starts again only with authority', () => {
      assert.deepEqual(decided({ ...primary, database: 'stopped', authority: true }), { kind: 'start-primary' });
      assert.equal(decided({ ...primary, database: 'stopped' }).kind, 'wait');
    });

    it('is not started while no coordinator has answered', () => {
      assert.equal(decided({ ...primary, database: 'stopped', record: 'unknown', authority: true }).kind, 'wait');
    });

    it('rewinds when it returns and another node holds the lease', () => {
      assert.deepEqual(decided({ ...primary, database: 'stopped', record: record() }), { kind: 'rewind' });
    });

    it('does not serve from an empty or incomplete directory, whatever the record says', () => {
      for (const directory of ['empty', 'incomplete'] as const) {
        const action = decided({ ...primary, database: 'stopped', directory, authority: true });
        assert.deepEqual(action, { kind: 'wait', why: 'this node holds the lease, but has no usable data' });
      }
    });
  });

  describe('before anything is recorded', () => {
    const fresh = { record: 'none', lastKnown: undefined, directory: 'empty', database: 'stopped' } as const;

    it('makes the first data on the initial primary only, even before a coordinator has answered', () => {
      for (const seen of ['none', 'unknown'] as const) {
        assert.deepEqual(decided({ ...fresh, record: seen, initialRole: 'primary' }), { kind: 'initialise' });
        assert.equal(decided({ ...fresh, record: seen, initialRole: 'standby' }).kind, 'wait');
      }
    });

    it('claims the first epoch when the data is made', () => {
      const made = { ...fresh, directory: 'unclaimed', initialRole: 'primary' } as const;
      assert.deepEqual(decided(made), { kind: 'claim', epoch: 1 });
      assert.equal(decided({ ...made, record: 'unknown' }).kind, 'wait');
    });

    it('throws away data that was never claimed when another node was quicker', () => {
      assert.deepEqual(decided({ ...fresh, directory: 'unclaimed', record: record() }), { kind: 'clone' });
    });
  });

  describe('after the coordinators lost the record', () => {
    const lost = { record: 'none', database: 'stopped' } as const;

    it('claims the next epoch on the last known holder only', () => {
      const holder = { ...lost, directory: 'primary', lastKnown: { holder: NODE, epoch: 3 } } as const;
      assert.deepEqual(decided(holder), { kind: 'claim', epoch: 4 });
      const other = { ...lost, directory: 'primary', initialRole: 'primary' } as const;
      assert.equal(decided(other).kind, 'wait');
    });

    it('never makes new data', () => {
      assert.equal(decided({ ...lost, directory: 'empty', initialRole: 'primary' }).kind, 'wait');
    });
  });
});
