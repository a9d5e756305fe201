import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { servesUntil } from './authority.ts';
import type { ReadAnswer, StoredRecord, WriteAnswer } from './coordinator.ts';
import { Lease, type LeaseStore } from './lease.ts';
import type { LeaseRecord } from './lease-record.ts';
import { PromiseKeeper } from './promise-keeper.ts';

const LEASE_MS = 2500;
const STEP_DOWN_MS = 1500;

/** Simulated time: the model of the register below, and both nodes, read this one clock. */
class Timeline {
  now = 0;
  #due: { at: number; run: () => void }[] = [];

  at(time: number, run: () => void): void {
    this.#due.push({ at: time, run });
  }

  /** Runs whatever falls due, in order, and lets all promises settle in between. */
  async until(end: number): Promise<void> {
    for (;;) {
      await settled();
      this.#due.sort((left, right) => left.at - right.at);
      const next = this.#due[0];
      if (next === undefined || next.at > end) break;
      this.#due.shift();
      this.now = Math.max(this.now, next.at);
      next.run();
    }
    this.now = end;
  }
}

/** A linearizable compare-and-set register: what the lease relies on, by definition. */
class Register {
  stored: StoredRecord | 'none' = 'none';

  write(record: LeaseRecord, revision: number): WriteAnswer {
    const present = this.stored === 'none' ? 0 : this.stored.revision;
    if (present !== revision) return 'conflict';
    this.stored = { record, revision: present + 1 };
    return { revision: present + 1 };
  }
}

/** How one message fares: how long each way takes, and whether it gets lost. */
interface Passage {
  thereMs: number;
  backMs: number;
  lost: boolean;
}

/** The register behind a network that delays and loses requests and answers; it gives up after the request time. */
function through(register: Register, timeline: Timeline, nextPassage: () => Passage): LeaseStore {
  const call = <T>(apply: () => T): Promise<T> =>
    new Promise((resolve, reject) => {
      const { thereMs, backMs, lost } = nextPassage();
      timeline.at(timeline.now + 700, () => reject(new Error('no answer')));
      timeline.at(timeline.now + thereMs, () => {
        // A request may arrive long after its sender has given up.
        const answer = apply();
        if (!lost) timeline.at(timeline.now + backMs, () => resolve(answer));
      });
    });
  return {
    read: () => call((): ReadAnswer => register.stored),
    write: (record, revision) => call(() => register.write(record, revision)),
    preferAnother: () => undefined,
  };
}

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
      west: fc.array(passage, { maxLength: 60 }),
      east: fc.array(passage, { maxLength: 60 }),
      promises: fc.array(passage, { maxLength: 60 }),
    });
    await fc.assert(
      fc.asyncProperty(network, async ({ west, east, promises }) => {
        const overlap = await simulate({ west, east, promises });
        assert.deepEqual(overlap, []);
      }),
      { numRuns: 150 },
    );
  });
});

/** Both nodes want the lease and promise each other; returns the times at which both would have served. */
async function simulate(network: { west: Passage[]; east: Passage[]; promises: Passage[] }): Promise<number[]> {
  const timeline = new Timeline();
  const register = new Register();
  const nodes = (['west', 'east'] as const).map((name) => {
    const passages = [...network[name]];
    const store = through(register, timeline, () => passages.shift() ?? { thereMs: 2, backMs: 2, lost: false });
    const keeper = new PromiseKeeper(LEASE_MS, () => timeline.now);
    return {
      name,
      lease: createLease(name, store, timeline),
      keeper,
      busy: false,
      promisedAt: undefined as number | undefined,
    };
  });
  type Node = (typeof nodes)[number];
  const until = ({ lease, promisedAt }: Node) =>
    lease.held
      ? servesUntil({ renewedAt: lease.renewedAt, promisedAt, stepDownMs: STEP_DOWN_MS })
      : Number.NEGATIVE_INFINITY;
  const beat = async (node: Node): Promise<void> => {
    const { lease, keeper } = node;
    if (lease.record === 'unknown') await lease.observe();
    else if (lease.record === 'none') await lease.claim({ epoch: 1, lsn: '0/0' }).then(() => lease.observe());
    else if (lease.held) await lease.renew('0/0');
    else if (lease.expired && !keeper.bound) {
      await lease.takeOver(lease.record, '0/0', () => lease.expired && !keeper.bound);
    } else await lease.observe();
  };
  const promises = [...network.promises];
  const ask = (node: Node, keeper: Node): void => {
    const { record } = node.lease;
    if (!node.lease.held || typeof record !== 'object') return;
    const askedAt = timeline.now;
    const { epoch } = record;
    const { thereMs, backMs, lost } = promises.shift() ?? { thereMs: 2, backMs: 2, lost: false };
    timeline.at(askedAt + thereMs, () => {
      const { lease } = keeper;
      const servesAsPrimary = until(keeper) > timeline.now;
      const known = { record: lease.record, takeoverPending: lease.takeoverPending, servesAsPrimary };
      const answer = keeper.keeper.answer({ from: node.name, epoch }, known);
      if (!answer.granted || lost || backMs > 400) return;
      timeline.at(timeline.now + backMs, () => {
        node.promisedAt = askedAt;
      });
    });
  };
  const overlaps: number[] = [];
  for (let time = 0; time < 20_000; time += 50) {
    await timeline.until(time);
    for (const [index, node] of nodes.entries()) {
      if (!node.busy) {
        node.busy = true;
        void beat(node)
          .catch(() => undefined)
          .finally(() => {
            node.busy = false;
          });
      }
      const other = nodes[1 - index];
      if (other !== undefined && time % 400 === 0) ask(node, other);
    }
    await settled();
    if (nodes.every((node) => until(node) > timeline.now)) overlaps.push(time);
  }
  return overlaps;
}

function pick(record: LeaseRecord | 'none' | 'unknown') {
  assert.ok(typeof record === 'object', `expected a record, but it is ${record}`);
  const { holder, epoch, inSync } = record;
  return { holder, epoch, inSync };
}

/** Longer than any chain of promises in the lease. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 30; turn += 1) await Promise.resolve();
}
