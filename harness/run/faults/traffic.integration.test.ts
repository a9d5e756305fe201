import assert from 'node:assert/strict';
import { pollUntil } from '../../base/poll.ts';
import { surge } from '../../faults/catalogue.ts';
import type { RunningTarget } from '../../model/running-target.ts';
import { formatAddress } from '../../model/topology.ts';
import { siteTopology } from '../../runtime/testing/test-topology.ts';
import { testFaults } from './testing/fault-rig.ts';
import { startNoteLoad } from './testing/note-load.ts';

const FACTOR = 5;
const SERVICE = 'service.left';

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
    measures: { requestsCounted: async (running) => ({ [SERVICE]: await requestsCounted(running) }) },
    startLoad: startNoteLoad,
  },
);
