import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { Lease, type LeaseStore } from './lease.ts';
import type { LeaseRecord } from './lease-record.ts';
import { type Passage, Register, Timeline, through } from './testing/simulated-network.ts';
import { simulateRivals } from './testing/simulated-rivals.ts';

const LEASE_MS = 2500;
const STEP_DOWN_MS = 1500;

function createLease(node: string, store: LeaseStore, timeline: Timeline): Lease {
  return new Lease({ node, leaseMs: LEASE_MS, store, now: () => timeline.now });
}

function direct(): LeaseStore {
  const register = new Register();
  return {
    read: async () => register.stored,
    write: async (record, revision) => register.write(record, revision),
    preferAnother: () => undefined,
  };
}

describe('the lease', () => {
  it('is claimed once, renewed by its holder, and taken over only after the lease time without a change', async () => {
    const timeline = new Timeline();
    const store = direct();
    const [west, east] = [createLease('west', store, timeline), createLease('east', store, timeline)];
    await Promise.all([west.observe(), east.observe()]);
    assert.equal(await west.claim({ epoch: 1, lsn: '0/0' }), 'applied');
    assert.equal(await east.claim({ epoch: 1, lsn: '0/0' }), 'lost');
    timeline.now = 1000;
    assert.equal(await west.renew('0/1'), 'applied');
    assert.equal(west.renewedAt, 1000);
    await east.observe();
    timeline.now = 3499;
    await east.observe();
    assert.equal(east.expired, false);
    timeline.now = 3500;
    await east.observe();
    assert.equal(east.expired, true);
    const seen = east.record;
    assert.ok(typeof seen === 'object');
    assert.equal(await east.takeOver(seen, '0/1', () => false), 'lost');
    assert.equal(await east.takeOver(seen, '0/1', () => true), 'applied');
    assert.equal(await west.renew('0/2'), 'lost');
    assert.equal(west.held, false);
    assert.deepEqual(pick(east.record), { holder: 'east', epoch: 2, inSync: false });
  });

  it('believes an older record once it was read for a whole lease time, and leaves the decision to the write', async () => {
    const timeline = new Timeline();
    const register = new Register();
    let hidden: LeaseStore['read'] | undefined;
    const store: LeaseStore = {
      read: async () => (hidden === undefined ? register.stored : await hidden()),
      write: async (record, revision) => {
        const answer = register.write(record, revision);
        hidden = undefined;
        return answer;
      },
      preferAnother: () => undefined,
    };
    const [west, east] = [createLease('west', store, timeline), createLease('east', store, timeline)];
    await west.observe();
    await west.claim({ epoch: 1, lsn: '0/0' });
    const first = register.stored;
    await west.renew('0/1');
    await east.observe();
    // The servers that are left have the last renewal, but do not show it until somebody writes.
    hidden = async () => first;
    for (timeline.now = 100; timeline.now < 2500; timeline.now += 100) await east.observe();
    assert.equal(east.expired, false);
    for (; timeline.now <= 5100; timeline.now += 100) await east.observe();
    assert.equal(east.expired, true);
    const older = east.record;
    assert.ok(typeof older === 'object' && older.lsn === '0/0');
    assert.equal(await east.takeOver(older, '0/1', () => true), 'lost');
    assert.equal(east.expired, false);
    for (const until = timeline.now + 2500; timeline.now <= until; timeline.now += 100) await east.observe();
    const newest = east.record;
    assert.ok(typeof newest === 'object' && newest.lsn === '0/1');
    assert.equal(await east.takeOver(newest, '0/1', () => true), 'applied');
  });

  it('counts a record as in sync from the moment it may say so until it surely does not', async () => {
    const timeline = new Timeline();
    const register = new Register();
    const passages: Passage[] = [];
    const quick = { thereMs: 1, backMs: 1, lost: false };
    const store = through(register, timeline, () => passages.shift() ?? quick);
    const lease = createLease('west', store, timeline);
    const run = async <T>(work: Promise<T>, until: number): Promise<T> => {
      await timeline.until(until);
      return await work;
    };
    await run(lease.observe(), 10);
    await run(lease.claim({ epoch: 1, lsn: '0/0' }), 20);
    passages.push({ thereMs: 1, backMs: 1, lost: true });
    assert.equal(await run(lease.recordInSync('0/1'), 1000), 'unknown');
    assert.equal(lease.inSync, true);
    // The unanswered write was applied, so this one finds a record of its own node that it did not expect.
    assert.equal(await run(lease.recordOutOfSync('0/1'), 2000), 'lost');
    assert.equal(lease.inSync, true);
    assert.equal(await run(lease.recordOutOfSync('0/1'), 3000), 'applied');
    assert.equal(lease.inSync, false);
    assert.deepEqual(pick(register.stored === 'none' ? 'none' : register.stored.record), {
      holder: 'west',
      epoch: 1,
      inSync: false,
    });
  });

  it('never lets two nodes serve at one time, whatever the network delays or loses', async function () {
    this.timeout(60_000);
    const passage = fc.record({
      thereMs: fc.oneof(fc.constant(2), fc.integer({ min: 0, max: 900 }), fc.integer({ min: 0, max: 12_000 })),
      backMs: fc.oneof(fc.constant(2), fc.integer({ min: 0, max: 900 })),
      lost: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
    });
    const network = fc.record({
      west: fc.array(passage, { maxLength: 40 }),
      east: fc.array(passage, { maxLength: 40 }),
      promises: fc.array(passage, { maxLength: 40 }),
      cuts: fc.array(
        fc.record({
          node: fc.constantFrom('west', 'east'),
          from: fc.integer({ min: 0, max: 15_000 }),
          lengthMs: fc.integer({ min: 100, max: 8000 }),
        }),
        { maxLength: 4 },
      ),
    });
    let takeovers = 0;
    await fc.assert(
      fc.asyncProperty(network, async (drawn) => {
        const run = await simulateRivals(drawn, { leaseMs: LEASE_MS, stepDownMs: STEP_DOWN_MS });
        takeovers += run.takeovers;
        assert.deepEqual(run.overlaps, []);
      }),
      { numRuns: 150 },
    );
    assert.ok(takeovers > 0, 'the lease never changed hands, so nothing was tried');
  });

  it('would let two nodes serve, if the holder counted for as long as the contender waits', async () => {
    const network = {
      west: [],
      east: [],
      promises: [],
      cuts: [{ node: 'west' as const, from: 5000, lengthMs: 10_000 }],
    };
    const safe = await simulateRivals(network, { leaseMs: LEASE_MS, stepDownMs: STEP_DOWN_MS });
    assert.deepEqual(safe, { overlaps: [], takeovers: 1 });
    const unsafe = await simulateRivals(network, { leaseMs: LEASE_MS, stepDownMs: LEASE_MS + 500 });
    assert.ok(unsafe.overlaps.length > 0);
  });
});

function pick(record: LeaseRecord | 'none' | 'unknown') {
  assert.ok(typeof record === 'object', `expected a record, but it is ${record}`);
  const { holder, epoch, inSync } = record;
  return { holder, epoch, inSync };
}
