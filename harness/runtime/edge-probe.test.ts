import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, it } from 'mocha';
import type { RunningTarget } from '../model/running-target.ts';
import type { Protocol, Topology } from '../model/topology.ts';
import { probeEdge } from './edge-probe.ts';

/** A target of one edge that leads to whatever listens on a port. */
function targetWith(protocol: Protocol, port: number): RunningTarget {
  const topology: Topology = {
    name: 'one-edge',
    title: 'One edge',
    zones: [],
    hosts: [],
    nodes: [],
    endpoints: [{ name: 'far', tier: 'clients', zone: 'clients', ports: { near: protocol } }],
    edges: [{ from: 'clients', to: 'far', port: 'near', plane: 'data' }],
  };
  return { topology, edgeAddress: () => ({ host: '127.0.0.1', port }) } as Partial<RunningTarget> as RunningTarget;
}

const EDGE = 'clients->far:near';

describe('Asking across an edge', () => {
  const cleanUps: (() => void)[] = [];
  afterEach(() => {
    for (const cleanUp of cleanUps.splice(0)) cleanUp();
  });
  const listen = async (serve: (socket: Socket) => void): Promise<number> => {
    const sockets = new Set<Socket>();
    const server: Server = createServer((socket) => {
      sockets.add(socket.on('error', () => undefined));
      serve(socket);
    }).listen(0, '127.0.0.1');
    cleanUps.push(() => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };

  for (const protocol of ['http', 'postgres', 'redis', 'nats', 'dns'] as const) {
    it(`finds no answer in time when bytes of ${protocol} are swallowed`, async () => {
      const port = await listen((socket) => socket.resume());
      const datagrams = createSocket('udp4').bind(port, '127.0.0.1');
      cleanUps.push(() => datagrams.close());
      const { outcome, detail, durationMs } = await probeEdge(targetWith(protocol, port), EDGE, { timeoutMs: 100 });
      assert.equal(outcome, 'silent');
      assert.match(detail, /^(UDP: )?no answer in time(; TCP: no answer in time)?$/);
      assert.ok(durationMs >= 99, `${durationMs}`);
    });
  }

  it('tells an edge that closes from one that answers', async () => {
    const port = await listen((socket) => socket.end());
    const { outcome, detail } = await probeEdge(targetWith('redis', port), EDGE, { timeoutMs: 5000 });
    assert.deepEqual({ outcome, detail }, { outcome: 'closed', detail: 'closed without an answer' });
  });

  it('takes no answer in another protocol for one', async () => {
    const port = await listen((socket) => socket.end('SSH-2.0-nothing-of-yours\r\n'));
    const { outcome, detail } = await probeEdge(targetWith('http', port), EDGE, { timeoutMs: 5000 });
    const expected = 'closed after "SSH-2.0-nothing-of-yours\\r\\n"';
    assert.deepEqual({ outcome, detail }, { outcome: 'closed', detail: expected });
  });

  it('times the close after an answer, when that is awaited', async () => {
    const port = await listen((socket) => {
      socket.once('data', (words) => {
        socket.write(words.toString() === 'QUIT\r\n' ? '+OK\r\n' : '-ERR\r\n');
        setTimeout(() => socket.end(), 100);
      });
    });
    const limits = { timeoutMs: 5000, untilClosed: true };
    const { outcome, detail, durationMs } = await probeEdge(targetWith('redis', port), EDGE, limits);
    assert.deepEqual({ outcome, detail }, { outcome: 'answered', detail: '+OK, then a close' });
    assert.ok(durationMs >= 90, `${durationMs}`);
  });

  it('finds no close in time after an answer', async () => {
    const port = await listen((socket) => socket.once('data', () => socket.write('+OK\r\n')));
    const limits = { timeoutMs: 300, untilClosed: true };
    const { outcome, detail } = await probeEdge(targetWith('redis', port), EDGE, limits);
    assert.deepEqual({ outcome, detail }, { outcome: 'silent', detail: '+OK, then no close in time' });
  });

  it('refuses wishes that a protocol cannot fulfil', async () => {
    await assert.rejects(probeEdge(targetWith('dns', 1), EDGE, { timeoutMs: 1, bytes: 1000 }), {
      message: `${EDGE}: a DNS question is as long as it is, and its end closes nothing`,
    });
    await assert.rejects(probeEdge(targetWith('postgres', 1), EDGE, { timeoutMs: 1, bytes: 10_000 }), {
      message: 'A postgres question can have 9900 bytes, not 10000',
    });
  });

  it('says that nobody listens', async () => {
    const port = await listen(() => undefined);
    for (const cleanUp of cleanUps.splice(0)) cleanUp();
    const { outcome, detail } = await probeEdge(targetWith('nats', port), EDGE, { timeoutMs: 5000 });
    assert.deepEqual({ outcome, detail }, { outcome: 'refused', detail: `connect ECONNREFUSED 127.0.0.1:${port}` });
  });

  it('refuses an edge that the target does not have', async () => {
    await assert.rejects(probeEdge(targetWith('nats', 1), 'a->b:c', { timeoutMs: 1 }), {
      message: 'The running target has no edge a->b:c',
    });
  });
});
