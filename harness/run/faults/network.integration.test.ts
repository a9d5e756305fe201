import assert from 'node:assert/strict';
import { latency, partition } from '../../faults/catalogue.ts';
import type { RunningTarget } from '../../model/running-target.ts';
import { edges, node, tier } from '../../model/selector.ts';
import { probeEdge } from '../../runtime/edge-probe.ts';
import { type FaultCase, testFaults } from './testing/fault-rig.ts';

const CACHE = edges({ from: tier('clients'), to: node('cache.right') });
const CACHE_EDGE = 'clients->cache.right:redis';

const ask = (target: RunningTarget, edge: string, timeoutMs = 5000) => probeEdge(target, edge, { timeoutMs });

/** Removes what the first fault of this kind put there, by another hand than the fault's. */
const healAll: FaultCase['sabotage'] = async (target, { edges: touched }) => {
  for (let id = 1; id < 100; id += 1) await target.network.forFault(`fault${id}`).heal(touched);
};

testFaults('network', [
  {
    fault: latency({ edges: CACHE, latencyMs: 150 }),
    effect: async (target) => {
      const { durationMs } = await ask(target, CACHE_EDGE);
      assert.ok(durationMs >= 290, `${durationMs}`);
    },
    sabotage: healAll,
  },
  {
    fault: latency({ edges: CACHE, latencyMs: 150, direction: 'downstream' }),
    named: 'one way',
    effect: async (target) => {
      const { durationMs } = await ask(target, CACHE_EDGE);
      assert.ok(durationMs >= 145 && durationMs < 290, `${durationMs}`);
    },
    sabotage: healAll,
  },
  {
    fault: partition({ from: ['left'], to: ['right'] }),
    effect: async (target) => {
      assert.equal((await ask(target, 'lb.left->cache.right:redis', 300)).outcome, 'silent');
      assert.equal((await ask(target, CACHE_EDGE)).outcome, 'answered');
    },
    sabotage: healAll,
  },
  {
    fault: partition({ from: ['left'], to: ['right'], oneWay: true }),
    named: 'one way',
    effect: async (target) => {
      assert.equal((await ask(target, 'lb.left->cache.right:redis', 300)).outcome, 'silent');
    },
    sabotage: healAll,
  },
]);
