import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { LoadProgress } from '../observer.ts';
import { RecentLoad } from './recent-load.ts';

const NOTHING: LoadProgress = {
  message: 'progress',
  atMs: 0,
  scheduled: 0,
  ok: 0,
  fail: 0,
  info: 0,
  inFlight: 0,
  acknowledged: [],
  p99Ms: null,
  lagMaxMs: 0,
};

function told(...messages: Partial<LoadProgress>[]): RecentLoad {
  const load = new RecentLoad();
  for (const [index, message] of messages.entries()) load.add({ ...NOTHING, atMs: index * 250, ...message });
  return load;
}

describe('what clients saw in the last second', () => {
  it('is the share of operations that ended well, those of unknown outcome not among them', () => {
    assert.equal(told({ ok: 6 }, { ok: 1, fail: 2, info: 1 }).availability(250), 0.7);
  });

  it('forgets what is older', () => {
    assert.equal(told({ fail: 9 }, { ok: 1 }, { ok: 1 }, { ok: 1 }, { ok: 1 }).availability(1000), 1);
  });

  it('is nothing at all when every operation hangs, and not known when there is none', () => {
    assert.equal(told({ inFlight: 40 }).availability(0), 0);
    assert.equal(told({ inFlight: 0 }).availability(0), null);
    assert.equal(new RecentLoad().availability(0), null);
  });

  it('is not known when the generator has gone silent', () => {
    assert.equal(told({ ok: 5, p99Ms: 3 }).availability(2500), null);
    assert.equal(told({ ok: 5, p99Ms: 3 }).p99Ms(2500), null);
  });

  it('counts what failed since the injection', () => {
    const load = told({ fail: 9 });
    assert.equal(load.failedSinceInjection(), null);
    load.markInjection();
    assert.equal(load.failedSinceInjection(), null);
    load.add({ ...NOTHING, ok: 6, fail: 3, info: 1 });
    assert.equal(load.failedSinceInjection(), 0.4);
  });

  it('has the largest latency and lag of its parts', () => {
    const load = told({ p99Ms: 120, lagMaxMs: 3 }, { p99Ms: null, lagMaxMs: 9 }, { p99Ms: 80, lagMaxMs: 1 });
    assert.deepEqual([load.p99Ms(500), load.lagMs(500)], [120, 9]);
  });
});
