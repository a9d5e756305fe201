import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { pollUntil } from '../../base/poll.ts';
import { clockSkew, cpuHog, diskFull, memoryLimit } from '../../faults/catalogue.ts';
import type { RunningTarget } from '../../model/running-target.ts';
import { node } from '../../model/selector.ts';
import { testFaults } from './testing/fault-rig.ts';

const SERVICE = node('service.left');
/** Of a machine that is busy with other things, too. */
const PATIENCE_MS = 30_000;

async function request(target: RunningTarget, path: string): Promise<string> {
  const { host, port } = target.addressOf('service.left', 'http');
  return await (await fetch(`http://${host}:${port}${path}`)).text();
}

const VALUE = 'x'.repeat(2 ** 16);

/** The first line of its answer to a command. */
async function askCache(target: RunningTarget, command: string): Promise<string> {
  const socket = connect(target.addressOf('cache.right', 'redis'));
  try {
    socket.write(`${command}\r\n`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    return answer.toString('latin1').split('\r\n')[0]!;
  } finally {
    socket.destroy();
  }
}

/** It takes note of a disk that is full, or has room again, with the write after. */
async function untilStored(target: RunningTarget, expected: RegExp): Promise<void> {
  await pollUntil<void>(
    async () => {
      const seen = await askCache(target, `SET key ${VALUE}`);
      return expected.test(seen) ? { done: true, value: undefined } : { done: false, seen };
    },
    { subject: `the cache to answer ${expected}`, timeoutMs: PATIENCE_MS },
  );
}

async function untilState(target: RunningTarget, name: string, state: string): Promise<void> {
  await pollUntil<void>(
    async () => {
      const seen = (await target.status(name)).state;
      return seen === state ? { done: true, value: undefined } : { done: false, seen };
    },
    { subject: `${name} to be ${state}`, timeoutMs: PATIENCE_MS },
  );
}

testFaults('resource', [
  {
    fault: memoryLimit({ nodes: SERVICE, memoryMebibytes: 256 }),
    effect: async (target) => {
      await assert.rejects(request(target, '/hoard'));
      await untilState(target, 'service.left', 'exited');
    },
    gone: async (target) => {
      assert.match(await request(target, '/hoard'), /^good day/);
      await target.restart(['service.left']);
    },
    sabotage: (target, { nodes }) => target.resources.limit(nodes, { memoryMebibytes: 4096 }),
  },
  {
    fault: cpuHog({ nodes: SERVICE, cpus: 0.1, hogs: 3 }),
    effect: async (target) => {
      const beganAtMs = performance.now();
      // 200 ms of processor time: 2 s with a tenth of one, were it not for the burners.
      await request(target, '/spin');
      assert.ok(performance.now() - beganAtMs >= 1500);
    },
    sabotage: (target, { nodes }) => target.resources.limit(nodes, { cpus: null }),
  },
  {
    fault: diskFull({ nodes: [node('cache.right'), node('db.right')], dataMebibytes: 256 }),
    effect: (target) => untilStored(target, /^-MISCONF .*No space left/),
    gone: async (target) => {
      await untilStored(target, /^\+OK/);
      // The disk outlives its node.
      await target.kill(['cache.right']);
      await target.start(['cache.right']);
      assert.equal(await askCache(target, 'STRLEN key'), `:${VALUE.length}`);
    },
    sabotage: (target, { nodes }) => target.resources.clearDisk(nodes.slice(0, 1)),
  },
  {
    fault: clockSkew({ nodes: SERVICE, skewMs: -90_000 }),
    effect: async (target) => {
      const told = Number(await request(target, '/time'));
      assert.ok(Math.abs(Date.now() - told - 90_000) < PATIENCE_MS, `${told}`);
    },
    sabotage: (target, { nodes }) => target.resources.skewClock(nodes, 0),
  },
]);
