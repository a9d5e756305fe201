import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { Pool } from 'undici';
import { pollUntil } from '../../base/poll.ts';
import { exchange } from './exchange.ts';

/** Against a server that writes bytes, not HTTP: what a test needs is what comes back. */
describe('HTTP exchange', function () {
  this.timeout(10_000);
  let server: Server;
  let pool: Pool;
  let received: string[];
  let closed: number;
  const sockets = new Set<Socket>();
  let answer: (socket: Socket) => void;

  beforeEach(async () => {
    received = [];
    closed = 0;
    server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        closed += 1;
      });
      socket.on('data', (data) => {
        received.push(String(data));
        answer(socket);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    pool = new Pool(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { pipelining: 1 });
  });
  afterEach(async () => {
    await pool.destroy();
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    server.close();
  });

  const send = (timeoutMs = 3000) =>
    exchange(pool, { method: 'POST', path: '/', headers: { 'x-key': '1' }, body: 'body' }, timeoutMs);

  it('brings back status, headers, every cookie and the body', async () => {
    const head = 'HTTP/1.1 201 Created\r\nX-Epoch: 7\r\nSet-Cookie: a=1; Path=/\r\nSet-Cookie: b=2\r\n';
    answer = (socket) => socket.write(`HTTP/1.1 103 Early Hints\r\n\r\n${head}Content-Length: 4\r\n\r\nné!`);
    assert.deepEqual(await send(), {
      ...{ status: 201, headers: { 'x-epoch': '7', 'content-length': '4' } },
      ...{ cookies: ['a=1; Path=/', 'b=2'], body: 'né!', maybeSent: true },
    });
  });

  it('keeps its connection for later ones', async () => {
    answer = (socket) => socket.write('HTTP/1.1 204 No Content\r\n\r\n');
    for (let count = 1; count <= 10; count += 1) await send();
    // Two: a connection is free again only a moment after its answer.
    assert.ok(sockets.size <= 2, `${sockets.size} connections for ${received.length} requests`);
  });

  it('is never repeated when the connection closes without an answer', async () => {
    answer = (socket) => socket.destroy();
    const { error, maybeSent } = await send();
    assert.deepEqual([error, maybeSent, received.length], ['connection-reset', true, 1]);
  });

  it('has no answer when that breaks off', async () => {
    answer = (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly a part');
    const { status, error, maybeSent } = await send();
    assert.deepEqual([status, error, maybeSent], [0, 'connection-reset', true]);
  });

  it('has no answer when that is not HTTP', async () => {
    answer = (socket) => socket.end('what?\r\n\r\n');
    const { status, error, maybeSent } = await send();
    assert.deepEqual([status, error, maybeSent], [0, 'malformed-answer', true]);
  });

  it('closes its connection when the time is over, also in the middle of an answer', async () => {
    answer = (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly a part');
    const { status, error, maybeSent } = await send(100);
    assert.deepEqual([status, error, maybeSent], [0, 'timeout', true]);
    await pollUntil(() => (closed === 1 ? { done: true, value: closed } : { done: false, seen: `${closed}` }), {
      subject: 'the connection to be closed',
      timeoutMs: 3000,
    });
  });

  it('was certainly not sent when nobody listens', async () => {
    server.close();
    const { error, maybeSent } = await send();
    assert.deepEqual([error, maybeSent], ['connection-refused', false]);
  });

  it('was certainly not sent when it waited for a connection until its time was over', async () => {
    const narrow = new Pool(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { connections: 1 });
    answer = () => undefined;
    const first = exchange(narrow, { method: 'GET', path: '/first' }, 1000);
    const second = await exchange(narrow, { method: 'GET', path: '/second' }, 100);
    assert.deepEqual([second.error, second.maybeSent], ['timeout', false]);
    await first;
    assert.ok(received.every((request) => request.startsWith('GET /first')));
    await narrow.destroy();
  });

  it('ends at a body without end', async () => {
    const chunk = 'x'.repeat(1024 * 1024);
    answer = (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n');
      for (let written = 0; written < 6; written += 1) socket.write(chunk);
    };
    assert.equal((await send()).error, 'body-too-large');
  });
});
