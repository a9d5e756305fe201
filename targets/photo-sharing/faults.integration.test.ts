import assert from 'node:assert/strict';
import { pollUntil } from '../../harness/base/poll.ts';
import { celebrity, replicaLag, surge } from '../../harness/faults/catalogue.ts';
import type { RunningTarget } from '../../harness/model/running-target.ts';
import { role } from '../../harness/model/selector.ts';
import { type FaultCase, testFaults } from '../../harness/run/faults/testing/fault-rig.ts';
import { scalar, withDatabase } from './direct-access.ts';
import { stage7 } from './index.ts';

const PRIMARY = 'db.us-west';
const STANDBY = 'db.us-east';
const LAG_MS = 2000;
const LATEST_LIKES = 20;

const topology = stage7.topology({ parameters: { durability: 'async' } });
const { sources, image, probes } = stage7;

/** How long the standby takes to replay what the primary has written by now. */
async function replayMs(target: RunningTarget): Promise<number> {
  const startMs = performance.now();
  const written = await scalar(target, PRIMARY, 'SELECT pg_current_wal_lsn()');
  return await pollUntil(
    async () => {
      const replayed = await scalar(target, STANDBY, `SELECT pg_last_wal_replay_lsn() >= '${written}'`);
      return replayed === 'true'
        ? { done: true, value: performance.now() - startMs }
        : { done: false, seen: `replayed: ${replayed}` };
    },
    { subject: `${STANDBY} to replay up to ${written}`, timeoutMs: 20_000, intervalMs: 50 },
  );
}

/** The share of the photo that got most of the latest likes, as the primary has them. */
async function likesOfOnePhoto(target: RunningTarget): Promise<number> {
  return await withDatabase(target, PRIMARY, async (client) => {
    const { rows } = await client.query<{ likes: number }>(
      `SELECT count(*)::float8 AS likes FROM (SELECT photo_id FROM likes ORDER BY created_at DESC LIMIT ${LATEST_LIKES}) AS latest
       GROUP BY photo_id ORDER BY likes DESC LIMIT 1`,
    );
    return (rows[0]?.likes ?? 0) / LATEST_LIKES;
  });
}

const loadAsPlanned: FaultCase['before'] = async (_target, load) => {
  await load.forFault('somebody else').change({});
};

testFaults(
  'photo-sharing',
  [
    {
      fault: replicaLag({ nodes: role('standby'), lagMs: LAG_MS }),
      before: loadAsPlanned,
      effect: async (target) => {
        const ms = await replayMs(target);
        assert.ok(ms > LAG_MS / 2 && ms < 2 * LAG_MS, `replayed after ${ms} ms`);
      },
      gone: async (target) => {
        const ms = await replayMs(target);
        assert.ok(ms < LAG_MS / 2, `replayed after ${ms} ms`);
      },
      // Without writes there is nothing that could be late, and the newest write is soon older than the asked lag.
      sabotage: async (target, _scope, load) => {
        await load.forFault('somebody else').change({ rateFactor: 0.001 });
        await pollUntil(
          async () => {
            const age = 'extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) * 1000';
            const ageMs = Number(await scalar(target, STANDBY, `SELECT ${age}`));
            return ageMs > 3 * LAG_MS ? { done: true, value: undefined } : { done: false, seen: `${ageMs} ms` };
          },
          { subject: `the last write at ${STANDBY} to be old`, timeoutMs: 30_000, intervalMs: 200 },
        );
      },
    },
    {
      fault: surge({ factor: 3 }),
      before: loadAsPlanned,
      effect: async (target) => {
        assert.deepEqual(Object.keys(await probes.requestsCounted(target)).sort(), ['lb.us-east', 'lb.us-west']);
      },
      sabotage: async (_target, _scope, load) => {
        await load.forFault('somebody else').change({ rateFactor: 1 / 3 });
      },
    },
    {
      fault: celebrity({ share: 0.9 }),
      before: loadAsPlanned,
      effect: async (target) => {
        await pollUntil(
          async () => {
            const share = await likesOfOnePhoto(target);
            return share > 0.6 ? { done: true, value: undefined } : { done: false, seen: `${share} of the likes` };
          },
          {
            subject: `most of the latest ${LATEST_LIKES} likes to go to one photo`,
            timeoutMs: 20_000,
            intervalMs: 200,
          },
        );
      },
      sabotage: async (_target, _scope, load) => {
        await load.forFault('somebody else').change({ celebrityShare: 0 });
      },
    },
  ],
  {
    topology,
    programs: { sources, image },
    measures: probes,
    load: {
      topology,
      seed: 1,
      experiment: { target: stage7 },
      load: {
        ...{ ratePerSecond: 30, arrivals: 'constant', regions: { 'us-east': 0.5, 'us-west': 0.5 } },
        ...{ clients: { web: 0.3, mobile: 0.7 }, usersPerRegion: 15, inFlightMax: 50 },
      },
    },
  },
);
