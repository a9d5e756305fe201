import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { Fixture } from './testing/fixture.ts';
import { PATIENCE_MS, type Peer } from './testing/peer.ts';

/** What a reader that never reads may make the whole way hold: the kernels' buffers, and little more. */
const HELD_BYTES_MAX = 24 * 1024 * 1024;

describe('bad behaviour', function () {
  this.timeout(60_000);
  let fixture: Fixture;
  beforeEach(async () => {
    fixture = await Fixture.start();
  });
  afterEach(() => fixture.stop());

  /** The API must not wait for the data plane; the limit is far above what an answer takes and far below a stall. */
  const expectPrompt = async (method: string, path: string, body?: unknown) => {
    const startedAtMs = performance.now();
    const answer = await fixture.request(method, path, body);
    assert.ok(answer.status < 300, answer.text);
    assert.ok(performance.now() - startedAtMs < 5000, `${method} ${path} took ${performance.now() - startedAtMs} ms`);
  };

  /** Writes until the way is full; returns how many bytes it took. */
  const fill = async (peer: Peer): Promise<number> => {
    const block = Buffer.alloc(256 * 1024);
    let quietRounds = 0;
    let last = -1;
    while (quietRounds < 10) {
      while (peer.socket.writableLength < block.length) peer.socket.write(block);
      await new Promise((resolve) => setTimeout(resolve, 20));
      const taken = peer.socket.bytesWritten - peer.socket.writableLength;
      quietRounds = taken === last ? quietRounds + 1 : 0;
      last = taken;
      if (taken > HELD_BYTES_MAX * 4) break;
    }
    return last;
  };

  for (const toxics of [
    [],
    [{ type: 'slicer', attributes: { average_size: 1000 } }],
    [{ type: 'bandwidth', attributes: { rate: 1 } }],
  ]) {
    it(`a client that never reads holds its sender back, and not the API, with ${JSON.stringify(toxics)}`, async () => {
      const port = await fixture.createProxy('edge', { toxics });
      const { client, server } = await fixture.dialThrough(port);
      client.socket.pause();
      const heldBytes = await fill(server);
      assert.ok(heldBytes < HELD_BYTES_MAX, `${heldBytes} bytes were taken for a reader that does not read`);
      await expectPrompt('POST', '/proxies/edge/toxics', { type: 'latency', name: 'l', attributes: { latency: 5 } });
      await expectPrompt('POST', '/proxies/edge/toxics/l', { attributes: { latency: 6 } });
      await expectPrompt('DELETE', '/proxies/edge/toxics/l');
      await expectPrompt('POST', '/proxies/edge', { enabled: false });
      await server.until('its end', () => server.ending !== 'open' || server.socket.destroyed);
    });
  }

  it('a reset that is pending does not keep the API waiting', async () => {
    const port = await fixture.createProxy();
    await fixture.addToxic({ type: 'reset_peer', name: 'r', attributes: { timeout: 1_000_000 } });
    const { client, server } = await fixture.dialThrough(port);
    server.write('x');
    await expectPrompt('POST', '/proxies/edge/toxics/r', { attributes: { timeout: 2_000_000 } });
    await expectPrompt('DELETE', '/proxies/edge/toxics/r');
    await client.until('the end', () => client.ending !== 'open');
  });

  it('a flood of connections that come and go leaves a server that works', async () => {
    const port = await fixture.createProxy();
    const open: Socket[] = [];
    for (let round = 0; round < 600; round += 1) {
      const socket = connect({ port, host: '127.0.0.1' });
      socket.on('error', () => {});
      open.push(socket);
      if (round % 3 === 0) socket.resetAndDestroy();
      if (round % 3 === 1) socket.end('x');
      if (round % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await expectPrompt('GET', '/proxies');
    for (const socket of open) socket.destroy();
    const { client, server } = await lastConnection(port);
    client.write('still here');
    await server.until('the words', () => fixture.upstream.peers.some(({ text }) => text === 'still here'));
  });

  const lastConnection = async (port: number) => {
    const client = await fixture.dial(port);
    return { client, server: await fixture.upstream.peer(0) };
  };

  it('a half-open or silent HTTP client does not keep others waiting', async () => {
    const { host, port } = fixture.server.address;
    const sockets = Array.from({ length: 50 }, () => connect({ host, port }));
    for (const socket of sockets) {
      socket.on('error', () => {});
      socket.write('POST /proxies HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"name"');
    }
    await expectPrompt('GET', '/proxies');
    await fixture.createProxy();
    await expectPrompt('POST', '/proxies/edge/toxics', { type: 'noop' });
    for (const socket of sockets) socket.destroy();
  });

  it('a reader of events that never reads does not hurt', async () => {
    const { host, port } = fixture.server.address;
    const reader = connect({ host, port });
    reader.on('error', () => {});
    reader.write('GET /events HTTP/1.1\r\nHost: x\r\n\r\n');
    reader.pause();
    await fixture.createProxy();
    for (let round = 0; round < 300; round += 1) {
      await fixture.addToxic({ type: 'noop', name: 'n'.repeat(5000) });
      await expectPrompt('DELETE', `/proxies/edge/toxics/${'n'.repeat(5000)}`);
    }
    reader.destroy();
  });

  describe('of an upstream', () => {
    let stopped: ChildProcess;
    afterEach(() => {
      stopped?.kill('SIGKILL');
    });

    it('that lets a dial hang stalls that connection only', async () => {
      const code = `const s=require('node:net').createServer().listen({port:0,host:'127.0.0.1',backlog:1},()=>console.log(s.address().port))`;
      stopped = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'ignore'] });
      const [line] = (await once(stopped.stdout!, 'data')) as [Buffer];
      stopped.kill('SIGSTOP');
      const port = await fixture.createProxy('hanging', { upstream: `127.0.0.1:${String(line).trim()}` });
      const clients = await Promise.all(Array.from({ length: 6 }, () => fixture.dial(port)));
      await expectPrompt('POST', '/proxies/hanging/toxics', { type: 'latency', attributes: { latency: 5 } });
      const { client, server } = await fixture.dialThrough(await fixture.createProxy('healthy'));
      client.write('x');
      await server.untilText('x');
      await expectPrompt('DELETE', '/proxies/hanging');
      for (const waiting of clients) await waiting.until('the end', () => waiting.ending !== 'open', PATIENCE_MS);
    });
  });
});
