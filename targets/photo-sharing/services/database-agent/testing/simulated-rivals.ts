import { servesUntil } from '../authority.ts';
import { Lease } from '../lease.ts';
import { PromiseKeeper } from '../promise-keeper.ts';
import { type Passage, Register, settled, Timeline, through } from './simulated-network.ts';

/** How the messages of one run fare, in the order in which they are sent; after the last one the network is good. */
interface SimulatedNetwork {
  west: Passage[];
  east: Passage[];
  promises: Passage[];
  /** While one lasts, nothing that the node sends or is sent arrives. */
  cuts: { node: 'west' | 'east'; from: number; lengthMs: number }[];
}

interface Rival {
  name: 'west' | 'east';
  lease: Lease;
  keeper: PromiseKeeper;
  promisedAt: number | undefined;
  busy: boolean;
}

interface Limits {
  leaseMs: number;
  stepDownMs: number;
}

const GOOD: Passage = { thereMs: 2, backMs: 2, lost: false };
const NEVER: Passage = { thereMs: 1_000_000, backMs: 0, lost: true };
const RUN_MS = 20_000;
const BEAT_MS = 50;
const PROMISE_MS = 400;

/**
 * Two nodes that want the lease, renew it, take it over and promise each other not to, for 20 s of simulated time.
 * Returns the times at which both of them would have served, which must be none, and how often the lease changed hands.
 */
export async function simulateRivals(
  network: SimulatedNetwork,
  limits: Limits,
): Promise<{ overlaps: number[]; takeovers: number }> {
  const timeline = new Timeline();
  const register = new Register();
  const cut = (name: string) =>
    network.cuts.some(
      ({ node, from, lengthMs }) => node === name && timeline.now >= from && timeline.now < from + lengthMs,
    );
  const [west, east] = (['west', 'east'] as const).map((name): Rival => {
    const passages = [...network[name]];
    const store = through(register, timeline, () => (cut(name) ? NEVER : (passages.shift() ?? GOOD)));
    const lease = new Lease({ node: name, leaseMs: limits.leaseMs, store, now: () => timeline.now });
    const keeper = new PromiseKeeper(limits.leaseMs, () => timeline.now);
    return { name, lease, keeper, promisedAt: undefined, busy: false };
  }) as [Rival, Rival];
  const promises = [...network.promises];
  const nextPromise = () => (cut('west') || cut('east') ? NEVER : (promises.shift() ?? GOOD));
  const overlaps: number[] = [];
  for (let time = 0; time < RUN_MS; time += BEAT_MS) {
    await timeline.until(time);
    for (const rival of [west, east]) startBeat(rival);
    if (time % PROMISE_MS === 0) {
      askPromise(west, east, { timeline, limits, passage: nextPromise() });
      askPromise(east, west, { timeline, limits, passage: nextPromise() });
    }
    await settled();
    if (servesUntilOf(west, limits) > time && servesUntilOf(east, limits) > time) overlaps.push(time);
  }
  return { overlaps, takeovers: register.stored === 'none' ? 0 : register.stored.record.epoch - 1 };
}

function startBeat(rival: Rival): void {
  if (rival.busy) return;
  rival.busy = true;
  void beat(rival)
    .catch(() => undefined)
    .finally(() => {
      rival.busy = false;
    });
}

async function beat({ lease, keeper }: Rival): Promise<void> {
  const { record } = lease;
  const mayTakeOver = () => lease.expired && !keeper.bound;
  if (record === 'unknown') return await lease.observe();
  if (record === 'none') {
    await lease.claim({ epoch: 1, lsn: '0/0' });
    return await lease.observe();
  }
  if (lease.held) await lease.renew('0/0');
  else if (mayTakeOver()) await lease.takeOver(record, '0/0', mayTakeOver);
  else await lease.observe();
}

function askPromise(
  asker: Rival,
  keeper: Rival,
  { timeline, limits, passage }: { timeline: Timeline; limits: Limits; passage: Passage },
): void {
  const { record } = asker.lease;
  if (!asker.lease.held || typeof record !== 'object') return;
  const askedAt = timeline.now;
  const { epoch } = record;
  timeline.at(askedAt + passage.thereMs, () => {
    const { lease } = keeper;
    const servesAsPrimary = servesUntilOf(keeper, limits) > timeline.now;
    const known = { record: lease.record, takeoverPending: lease.takeoverPending, servesAsPrimary };
    const answer = keeper.keeper.answer({ from: asker.name, epoch }, known);
    if (!answer.granted || passage.lost) return;
    timeline.at(timeline.now + passage.backMs, () => {
      asker.promisedAt = Math.max(asker.promisedAt ?? askedAt, askedAt);
    });
  });
}

function servesUntilOf({ lease, promisedAt }: Rival, { stepDownMs }: Limits): number {
  if (!lease.held) return Number.NEGATIVE_INFINITY;
  return servesUntil({ renewedAt: lease.renewedAt, promisedAt, stepDownMs });
}
