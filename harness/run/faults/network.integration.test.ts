import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import {
  bandwidth,
  blackhole,
  flapping,
  latency,
  limitData,
  packetLoss,
  partition,
  refuse,
  reset,
  slicer,
  slowClose,
} from '../../faults/catalogue.ts';
import { CUT, type RunningTarget } from '../../model/running-target.ts';
import { edges, node, tier } from '../../model/selector.ts';
import { probeEdge } from '../../runtime/edge-probe.ts';
import { PROCESSES_WITH_PLAIN_TOXIPROXY } from '../../runtime/testing/plain-toxiproxy.ts';
import { type FaultCase, testFaults } from './testing/fault-rig.ts';

const CLIENTS = tier('clients');
const CACHE = edges({ from: CLIENTS, to: node('cache.right') });
const CACHE_EDGE = 'clients->cache.right:redis';
const SITE = edges({ from: CLIENTS, to: node('lb.left'), port: 'http' });
const SITE_EDGE = 'clients->lb.left:http';
const NAMES = edges({ from: CLIENTS, to: node('names.left') });
const NAMES_EDGE = 'clients->names.left:dns';
/** An edge of every protocol that is a stream, and one between servers. */
const STREAMS = [
  ...[CACHE, SITE, edges({ from: CLIENTS, to: node('db.right') }), edges({ from: CLIENTS, to: node('queue.left') })],
  edges({ from: node('queue.left'), port: 'route' }),
];

const ask = (target: RunningTarget, edge: string, timeoutMs = 5000) => probeEdge(target, edge, { timeoutMs });

/** What a client of an edge sees that sends this and reads to the end: what came, and when, from its connecting. */
async function converse(target: RunningTarget, edge: string, words: string): Promise<{ text: string; ms: number[] }> {
  const socket = connect({ ...target.edgeAddress(edge), signal: AbortSignal.timeout(5000) });
  await once(socket, 'connect');
  const startMs = performance.now();
  const [texts, ms]: [string[], number[]] = [[], []];
  socket.write(words);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    texts.push(chunk.toString('latin1'));
    ms.push(performance.now() - startMs);
  }
  return { text: texts.join(''), ms: [...ms, performance.now() - startMs] };
}

/** Redis answers as long, and closes. */
const echoed = (target: RunningTarget, bytes: number) =>
  converse(target, CACHE_EDGE, `*2\r\n$4\r\nECHO\r\n$${bytes}\r\n${'x'.repeat(bytes)}\r\nQUIT\r\n`);

/** Removes what the first faults of this kind put there, by another hand than the fault's. */
const healAll: FaultCase['sabotage'] = async (target, { edges: touched }) => {
  for (let id = 1; id < 100; id += 1) await target.network.forFault(`fault${id}`).heal(touched);
};

const CASES: readonly FaultCase[] = [
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
    fault: bandwidth({ edges: STREAMS, rateKBps: 100 }),
    effect: async (target) => {
      const { ms } = await echoed(target, 30_000);
      assert.ok(ms.at(-1)! >= 295, `${ms}`);
    },
    sabotage: healAll,
  },
  {
    fault: bandwidth({ edges: CACHE, rateKBps: 100, direction: 'both' }),
    named: 'both ways',
    effect: async (target) => {
      const { ms } = await echoed(target, 30_000);
      assert.ok(ms.at(-1)! >= 590, `${ms}`);
    },
    sabotage: healAll,
  },
  {
    fault: packetLoss({ edges: [CACHE, SITE, edges({ from: CLIENTS, to: node('queue.left') })], lossRate: 0.3 }),
    effect: async (target) => {
      const probes = await Promise.all(Array.from({ length: 30 }, () => ask(target, CACHE_EDGE, 500)));
      assert.deepEqual(new Set(probes.map(({ outcome }) => outcome)), new Set(['answered', 'silent']));
    },
    sabotage: healAll,
  },
  {
    fault: packetLoss({ edges: NAMES, lossRate: 0.3, direction: 'downstream' }),
    named: 'of datagrams',
    effect: async (target) => {
      const probes = await Promise.all(Array.from({ length: 30 }, () => ask(target, NAMES_EDGE, 500)));
      assert.ok(probes.some(({ detail }) => detail.startsWith('UDP: no answer')));
      assert.ok(probes.some(({ detail }) => detail.startsWith('UDP: NXDOMAIN')));
    },
    sabotage: healAll,
  },
  {
    fault: slicer({ edges: STREAMS, sliceBytes: 1000, delayMs: 20 }),
    effect: async (target) => {
      const { ms } = await echoed(target, 16_000);
      assert.ok(ms.at(-1)! >= 290, `${ms}`);
    },
    sabotage: healAll,
  },
  {
    fault: slicer({ edges: CACHE, sliceBytes: 1000, delayMs: 20, direction: 'downstream' }),
    named: 'of answers',
    effect: async (target) => {
      const { ms } = await echoed(target, 16_000);
      assert.ok(ms.length > 10, `${ms}`);
      assert.ok(ms.at(-1)! >= 290, `${ms}`);
    },
    sabotage: healAll,
  },
  {
    fault: limitData({ edges: STREAMS, limitBytes: 5000 }),
    effect: async (target) => {
      assert.equal((await echoed(target, 6000)).text, '');
      assert.match((await echoed(target, 4000)).text, /^\$4000\r\nx{4000}\r\n/);
    },
    sabotage: healAll,
  },
  {
    fault: limitData({ edges: CACHE, limitBytes: 5000, direction: 'downstream' }),
    named: 'of answers',
    effect: async (target) => {
      assert.equal((await echoed(target, 6000)).text, `$6000\r\n${'x'.repeat(4993)}`);
    },
    sabotage: healAll,
  },
  {
    fault: slowClose({ edges: STREAMS, delayMs: 400 }),
    effect: async (target) => {
      const { ms } = await converse(target, CACHE_EDGE, 'QUIT\r\n');
      assert.ok(ms.at(-1)! - ms[0]! >= 390, `${ms}`);
      assert.ok(ms[0]! < 390, `${ms}`);
    },
    sabotage: healAll,
  },
  {
    fault: reset({ edges: STREAMS }),
    effect: (target) => assert.rejects(converse(target, CACHE_EDGE, 'PING\r\n'), { code: 'ECONNRESET' }),
    sabotage: healAll,
  },
  {
    fault: reset({ edges: CACHE, afterMs: 300 }),
    named: 'later',
    effect: async (target) => {
      const startMs = performance.now();
      await assert.rejects(converse(target, CACHE_EDGE, 'PING\r\n'), { code: 'ECONNRESET' });
      assert.ok(performance.now() - startMs >= 300);
    },
    sabotage: healAll,
  },
  {
    fault: refuse({ edges: [...STREAMS, NAMES] }),
    effect: (target) => assert.rejects(converse(target, CACHE_EDGE, 'PING\r\n'), { code: 'ECONNREFUSED' }),
    gone: async (target) => assert.match((await converse(target, CACHE_EDGE, 'QUIT\r\n')).text, /^\+OK/),
    sabotage: healAll,
  },
  ...(['both', 'upstream', 'downstream'] as const).map(
    (direction): FaultCase => ({
      fault: blackhole({ edges: [...STREAMS, NAMES], direction }),
      named: direction,
      effect: async (target) => {
        assert.equal((await ask(target, SITE_EDGE, 300)).outcome, 'silent');
      },
      sabotage: healAll,
    }),
  ),
  {
    fault: flapping({ edges: [CACHE, SITE], periodMs: 2000 }),
    effect: async (target) => {
      const outcomes = new Set<string>();
      const untilMs = performance.now() + 4000;
      while (performance.now() < untilMs && outcomes.size < 2)
        outcomes.add((await ask(target, SITE_EDGE, 400)).outcome);
      assert.ok(outcomes.has('answered') && (outcomes.has('silent') || outcomes.has('closed')), [...outcomes].join());
    },
    sabotage: async (target, { edges: touched }) => {
      await target.network.forFault('saboteur').impair(touched, CUT);
      return async () => void (await target.network.forFault('saboteur').heal(touched));
    },
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
];

testFaults('network', CASES);
// Such a server carries no datagrams.
const STREAM_CASES = CASES.filter(({ named }) => named !== 'of datagrams');
testFaults("network (another's Toxiproxy server)", STREAM_CASES, { drivers: [PROCESSES_WITH_PLAIN_TOXIPROXY] });
