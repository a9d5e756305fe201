import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { seededRandom } from '../../base/random.ts';
import type { Load } from '../../model/run-settings.ts';
import type { ClientOperation } from '../../model/workload.ts';
import { SimulatedClock } from '../testing/simulated-clock.ts';
import { type Arrival, arrivals } from './arrivals.ts';
import { runOpenLoop } from './open-loop.ts';
import { Pace } from './pace.ts';

const LOAD: Load = {
  ratePerSecond: 200,
  arrivals: 'poisson',
  regions: { 'us-east': 0.7, 'us-west': 0.3, nowhere: 0 },
  clients: { web: 0.25, mobile: 0.75 },
  usersPerRegion: 10,
  inFlightMax: 10,
};
const OPERATIONS: ClientOperation[] = [
  { name: 'view', class: 'read', weight: { web: 8, mobile: 3 } },
  { name: 'like', class: 'write', weight: { web: 2, mobile: 0 } },
  { name: 'post', class: 'write', weight: { web: 0, mobile: 1 } },
];

function firstArrivals(count: number, { seed = 1, ...load }: Partial<Load> & { seed?: number } = {}): Arrival[] {
  const random = seededRandom(seed);
  return [...arrivals({ load: { ...LOAD, ...load }, operations: OPERATIONS, random }).take(count)];
}

function shareOf(all: readonly Arrival[], fits: (arrival: Arrival) => boolean): number {
  return all.filter(fits).length / all.length;
}

function assertNear(actual: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `expected ${expected} +- ${tolerance}, got ${actual}`);
}

describe('Arrivals', () => {
  it('are evenly spaced when constant, without drifting', () => {
    const all = firstArrivals(10_001, { arrivals: 'constant', ratePerSecond: 150 });
    assert.equal(all[0]?.offsetMs, 0);
    assertNear(all[1]!.offsetMs, 1000 / 150, 1e-9);
    assertNear(all[10_000]!.offsetMs, 10_000_000 / 150, 1e-6);
  });

  it('have exponential gaps of the right mean when Poisson', () => {
    const all = firstArrivals(20_001);
    const gaps = all.slice(1).map(({ offsetMs }, index) => offsetMs - all[index]!.offsetMs);
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
    assertNear(mean, 5, 0.15);
    assertNear(Math.sqrt(variance) / mean, 1, 0.05);
    assert.ok(gaps.every((gap) => gap >= 0));
  });

  it('share themselves out by region, client and weight, and never choose what has none', () => {
    const all = firstArrivals(20_000);
    assertNear(
      shareOf(all, ({ region }) => region === 'us-east'),
      0.7,
      0.015,
    );
    assertNear(
      shareOf(all, ({ client }) => client === 'web'),
      0.25,
      0.015,
    );
    const web = all.filter(({ client }) => client === 'web');
    assertNear(
      shareOf(web, ({ operation }) => operation.name === 'like'),
      0.2,
      0.02,
    );
    assert.equal(
      shareOf(web, ({ operation }) => operation.name === 'post'),
      0,
    );
    assert.equal(
      shareOf(all, ({ region }) => region === 'nowhere'),
      0,
    );
  });

  it('depend on the seed alone', () => {
    assert.deepEqual(firstArrivals(500, { seed: 3 }), firstArrivals(500, { seed: 3 }));
    assert.notDeepEqual(firstArrivals(500, { seed: 3 }), firstArrivals(500, { seed: 4 }));
  });

  it('ask for the same operations at any rate', () => {
    const who = ({ region, client, operation }: Arrival) => `${region} ${client} ${operation.name}`;
    assert.deepEqual(firstArrivals(200).map(who), firstArrivals(200, { ratePerSecond: 20 }).map(who));
  });
});

describe('Open loop', () => {
  const run = async (
    count: number,
    onSend: (clock: SimulatedClock, sent: number, pace: Pace) => void = () => undefined,
  ) => {
    const clock = new SimulatedClock(1_000_000.4);
    const pace = new Pace(1_000_010);
    const stopping = new AbortController();
    const sends: { intendedMs: number; sentMs: number }[] = [];
    await runOpenLoop({
      arrivals: arrivals({ load: { ...LOAD, arrivals: 'constant' }, operations: OPERATIONS, random: seededRandom(1) }),
      pace,
      clock,
      signal: stopping.signal,
      send(_arrival, intendedMs) {
        sends.push({ intendedMs, sentMs: clock.now() });
        onSend(clock, sends.length, pace);
        if (sends.length === count) stopping.abort();
      },
    });
    return sends;
  };

  it('sends every arrival at its time, never before', async () => {
    const sends = await run(100);
    assert.deepEqual(
      sends.map(({ intendedMs }) => intendedMs),
      Array.from({ length: 100 }, (_, index) => 1_000_010 + index * 5),
    );
    assert.ok(sends.every(({ intendedMs, sentMs }) => sentMs >= intendedMs && sentMs - intendedMs <= 1));
  });

  it('keeps the intended times of what a stall made late', async () => {
    const sends = await run(100, (clock, sent) => {
      if (sent === 10) clock.advance(200);
    });
    const lags = sends.map(({ intendedMs, sentMs }) => sentMs - intendedMs);
    assert.ok(lags[10]! > 194 && lags[10]! <= 196, `the first late one is ${lags[10]} ms late`);
    assertNear(lags[30]!, lags[10]! - 100, 1);
    assert.ok(lags[60]! <= 1, 'the schedule is caught up with');
    assert.ok(sends.every(({ intendedMs }, index) => intendedMs === 1_000_010 + index * 5));
  });

  it('goes faster and slower from the moment when its pace is changed', async () => {
    const sends = await run(100, (clock, sent, pace) => {
      if (sent === 21) pace.change(5, clock.now());
      if (sent === 61) pace.change(1, clock.now());
    });
    const gaps = sends.slice(1).map(({ intendedMs }, index) => intendedMs - sends[index]!.intendedMs);
    for (const gap of gaps.slice(0, 20)) assertNear(gap, 5, 1e-6);
    for (const gap of gaps.slice(21, 60)) assertNear(gap, 1, 1e-6);
    for (const gap of gaps.slice(61)) assertNear(gap, 5, 1e-6);
    assert.ok(sends.every(({ intendedMs, sentMs }) => sentMs >= intendedMs && sentMs - intendedMs <= 1));
  });

  it('keeps the intended times of what was due before a change of pace', async () => {
    const sends = await run(100, (clock, sent, pace) => {
      if (sent !== 10) return;
      clock.advance(200);
      pace.change(5, clock.now());
    });
    const intended = sends.map(({ intendedMs }) => intendedMs);
    assert.deepEqual(
      intended.slice(0, 50),
      Array.from({ length: 50 }, (_, index) => 1_000_010 + index * 5),
    );
    for (const [index, time] of intended.slice(51).entries()) assertNear(time - intended[50 + index]!, 1, 1e-6);
  });

  it('pauses within a long row of late sends, so that the process hears a stop', async () => {
    const sends = await run(500, (clock, sent) => {
      if (sent === 1) clock.advance(5000);
    });
    const inOneInstant = Map.groupBy(sends.slice(1), ({ sentMs }) => sentMs);
    assert.ok([...inOneInstant.values()].every(({ length }) => length <= 64));
  });
});

describe('Pace', () => {
  it('wakes whoever waits for an arrival that a change brings nearer', () => {
    const pace = new Pace(1000);
    const { changed } = pace;
    assert.equal(pace.dueMs(500), 1500);
    pace.change(10, 1100);
    assert.equal(changed.aborted, true);
    assert.equal(pace.changed.aborted, false);
    assert.equal(pace.dueMs(500), 1140);
  });
});
