import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { pollUntil } from '../../base/poll.ts';
import { surge } from '../../faults/catalogue.ts';
import type { RunningTarget } from '../../model/running-target.ts';
import { formatAddress } from '../../model/topology.ts';
import { siteTopology, TEST_SITE } from '../../runtime/testing/test-topology.ts';
import type { LoadPlan } from '../load-generator.ts';
import { NO_MEASURES, testFaults } from './testing/fault-rig.ts';

const FACTOR = 5;
const SERVICE = 'service.left';

/** The tests' own clients, who read and write notes. */
const LOAD: LoadPlan = {
  topology: siteTopology,
  seed: 1,
  load: {
    ...{ ratePerSecond: 40, arrivals: 'constant', regions: { left: 1 }, clients: { web: 0.5, mobile: 0.5 } },
    ...{ usersPerRegion: 100, inFlightMax: 100 },
  },
  experiment: {
    target: {
      clientModule: fileURLToPath(new URL('../../workload/testing/note-clients.ts', import.meta.url)),
      siteName: TEST_SITE.name,
      clientSubnets: { left: '203.0.113.0/24' },
      entryAddresses: { left: TEST_SITE.address },
    },
  },
};

async function requestsCounted(target: RunningTarget): Promise<number> {
  const response = await fetch(`http://${formatAddress(target.addressOf(SERVICE, 'http'))}/count`);
  return Number(await response.text());
}

/** How long the service takes to get so many requests more. */
async function timeOf(target: RunningTarget, requests: number): Promise<number> {
  const startMs = performance.now();
  const first = await requestsCounted(target);
  return await pollUntil(
    async () => {
      const more = (await requestsCounted(target)) - first;
      return more >= requests
        ? { done: true, value: performance.now() - startMs }
        : { done: false, seen: `${more} requests` };
    },
    { subject: `${requests} more requests`, timeoutMs: 20_000, intervalMs: 20 },
  );
}

let plannedMs: number;

testFaults(
  'traffic',
  [
    {
      fault: surge({ factor: FACTOR }),
      before: async (target, load) => {
        await load.forFault('somebody else').change({});
        plannedMs = await timeOf(target, 40);
      },
      effect: async (target) => {
        const ms = await timeOf(target, 40);
        assert.ok(ms < plannedMs / 2, `40 requests took ${ms} ms, and ${plannedMs} ms before`);
      },
      gone: async (target) => {
        const ms = await timeOf(target, 40);
        assert.ok(ms > plannedMs / 2, `40 requests took ${ms} ms, and ${plannedMs} ms before`);
      },
      // Slows the load down again by another hand than the fault's.
      sabotage: async (_target, _scope, load) => {
        await load.forFault('somebody else').change({ rateFactor: 1 / FACTOR });
      },
    },
  ],
  {
    topology: siteTopology,
    measures: { ...NO_MEASURES, requestsCounted: async (running) => ({ [SERVICE]: await requestsCounted(running) }) },
    load: LOAD,
  },
);
