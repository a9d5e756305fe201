import assert from 'node:assert/strict';
import { pollUntil } from '../../base/poll.ts';
import { crashLoop, hostOutage, kill, pause, restart, start, stop, zoneOutage } from '../../faults/catalogue.ts';
import type { RunningTarget } from '../../model/running-target.ts';
import { node } from '../../model/selector.ts';
import { probeEdge } from '../../runtime/edge-probe.ts';
import { topologyWithSpare } from '../../runtime/testing/test-topology.ts';
import { testFaults } from './testing/fault-rig.ts';

const SERVICE = node('service.left');
const PERIOD_MS = 2000;

/** As the service itself tells of its lives. */
const printed = (target: RunningTarget) => target.logs('service.left', 1000);
const starts = async (target: RunningTarget) =>
  (await printed(target)).filter((line) => line.startsWith('listening on')).length;

/** Nothing ends the service any more, until what this gives is called. */
async function immortal(target: RunningTarget): Promise<() => void> {
  const { kill: original } = target;
  target.kill = async () => [];
  const look = async () => {
    const { state } = await target.status('service.left');
    return state === 'running' ? ({ done: true, value: state } as const) : ({ done: false, seen: state } as const);
  };
  await pollUntil(look, { subject: 'the service to run', timeoutMs: 10_000 });
  return () => {
    target.kill = original;
  };
}

testFaults('node', [
  {
    fault: kill({ nodes: [node('cache.right'), node('service.left')] }),
    effect: async (target) => {
      const { outcome } = await probeEdge(target, 'clients->cache.right:redis', { timeoutMs: 5000 });
      assert.ok(outcome === 'reset' || outcome === 'closed', outcome);
    },
    sabotage: (target) => target.start(['service.left']),
  },
  {
    fault: stop({ nodes: SERVICE }),
    effect: async (target) => {
      assert.equal((await printed(target)).at(-1), 'asked to end');
      // The address of a container that is gone may stay silent for longer than anybody wants to wait.
      const { outcome } = await probeEdge(target, 'clients->service.left:http', { timeoutMs: 1000 });
      assert.notEqual(outcome, 'answered');
    },
    sabotage: (target) => target.start(['service.left']),
  },
  {
    fault: pause({ nodes: [node('db.right'), SERVICE] }),
    effect: async (target) => {
      for (const edge of ['clients->service.left:http', 'lb.left->service.left:http', 'clients->db.right:sql']) {
        assert.equal((await probeEdge(target, edge, { timeoutMs: 400 })).outcome, 'silent', edge);
      }
    },
    gone: async (target) => {
      assert.equal((await probeEdge(target, 'clients->service.left:http', { timeoutMs: 5000 })).outcome, 'answered');
    },
    sabotage: (target) => target.resume(['service.left']),
  },
  {
    fault: restart({ nodes: SERVICE }),
    effect: async (target) => {
      const [before, after] = (await printed(target)).slice(-2);
      assert.equal(before, 'asked to end');
      assert.match(after ?? '', /^listening on/);
    },
    sabotage: async (target) => void (await target.kill(['service.left'])),
  },
  {
    fault: crashLoop({ nodes: SERVICE, periodMs: PERIOD_MS }),
    effect: async (target) => {
      const before = await starts(target);
      const look = async () => {
        const more = (await starts(target)) - before;
        return more >= 2 ? ({ done: true, value: more } as const) : ({ done: false, seen: `${more} starts` } as const);
      };
      await pollUntil(look, { subject: 'the service to start twice more', timeoutMs: 10 * PERIOD_MS });
    },
    gone: async (target) => {
      const { startedAtMs } = await target.status('service.left');
      assert.equal((await probeEdge(target, 'clients->service.left:http', { timeoutMs: 5000 })).outcome, 'answered');
      assert.equal((await target.status('service.left')).startedAtMs, startedAtMs);
    },
    sabotage: immortal,
  },
  {
    fault: hostOutage({ host: 'host-of-cache.right' }),
    effect: async (target) => {
      const { outcome } = await probeEdge(target, 'clients->cache.right:redis', { timeoutMs: 300 });
      assert.equal(outcome, 'silent');
    },
    sabotage: (target) => target.start(['cache.right']),
  },
  {
    fault: zoneOutage({ zone: 'right' }),
    effect: async (target) => {
      assert.equal((await target.status('db.right')).processes, 0);
    },
    sabotage: (target) => target.start(['db.right']),
  },
]);

const SPARE = 'spare.right';
const acrossSpare = async (target: RunningTarget) =>
  (await probeEdge(target, `clients->${SPARE}:http`, { timeoutMs: 1000 })).outcome;
const stopSpare = (target: RunningTarget) => target.stop([SPARE]);

testFaults(
  'on-request node',
  [
    {
      fault: start({ nodes: node(SPARE) }),
      effect: async (target) => assert.equal(await acrossSpare(target), 'answered'),
      gone: async (target) => assert.notEqual(await acrossSpare(target), 'answered'),
      sabotage: async (target) => void (await target.kill([SPARE])),
    },
    {
      fault: start({ nodes: node(SPARE), stays: true }),
      named: 'which stays',
      before: stopSpare,
      effect: async (target) => assert.equal(await acrossSpare(target), 'answered'),
      gone: async (target) => assert.equal(await acrossSpare(target), 'answered'),
      sabotage: async (target) => {
        await target.kill([SPARE]);
        return () => target.start([SPARE]);
      },
    },
    {
      fault: zoneOutage({ zone: 'right' }),
      named: 'with a node that runs on request',
      before: (target) => target.start([SPARE]),
      effect: async (target) => assert.equal((await target.status(SPARE)).processes, 0),
      gone: async (target) => assert.equal((await target.status(SPARE)).state, 'exited'),
      sabotage: (target) => target.start([SPARE]),
    },
  ],
  { topology: topologyWithSpare },
);
