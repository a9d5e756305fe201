import assert from 'node:assert/strict';
import { Redis } from 'ioredis';
import { cacheFlush } from '../../faults/catalogue.ts';
import type { RunningTarget } from '../../model/running-target.ts';
import { tier } from '../../model/selector.ts';
import { testFaults } from './testing/fault-rig.ts';

/** Directly at the cache, by another client than the fault's. */
async function withCache<T>(target: RunningTarget, use: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis({ ...target.addressOf('cache.right', 'redis'), disableClientInfo: true });
  try {
    return await use(redis);
  } finally {
    redis.disconnect();
  }
}

const fill = (target: RunningTarget, ...keys: string[]) =>
  withCache(target, async (redis) => {
    for (const key of keys) await redis.set(key, 'a photo');
  });

testFaults('state', [
  {
    fault: cacheFlush({ nodes: tier('cache') }),
    before: (target) => fill(target, 'photo:1', 'photo:2'),
    // Full again at once, as under load: the attestation must not depend on finding it empty.
    meanwhile: (target) => fill(target, 'photo:3', 'photo:4'),
    effect: async (target) => {
      assert.deepEqual((await withCache(target, (redis) => redis.keys('*'))).sort(), ['photo:3', 'photo:4']);
    },
    // As if the cache had never been flushed.
    sabotage: async (target) => {
      await fill(target, 'photo:1', 'photo:2');
      await withCache(target, (redis) => redis.config('RESETSTAT'));
    },
  },
]);
