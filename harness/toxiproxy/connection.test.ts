import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { Fixture } from './testing/fixture.ts';
import { quiet } from './testing/quiet.ts';

describe('a connection through a proxy', function () {
  this.timeout(30_000);
  let fixture: Fixture;
  beforeEach(async () => {
    fixture = await Fixture.start();
  });
  afterEach(() => fixture.stop());

  it('carries bytes both ways, unchanged', async () => {
    const { client, server } = await fixture.dialThrough(await fixture.createProxy());
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7 + (index >> 8)) % 256));
    client.write(bytes);
    server.write(bytes);
    await Promise.all([client.untilBytes(bytes.length), server.untilBytes(bytes.length)]);
    assert.ok(client.bytes.equals(bytes));
    assert.ok(server.bytes.equals(bytes));
  });

  it('carries bytes unchanged when both ends are slow to read, and never holds more than its buffers', async () => {
    const { client, server } = await fixture.dialThrough(await fixture.createProxy());
    const bytes = Buffer.from(Array.from({ length: 30_000_000 }, (_, index) => (index * 31 + (index >> 9)) % 256));
    client.socket.pause();
    server.write(bytes);
    await quiet();
    assert.ok(server.socket.bytesWritten - server.socket.writableLength < bytes.length, 'the sender was not held back');
    client.socket.resume();
    await client.untilBytes(bytes.length);
    assert.ok(client.bytes.equals(bytes));
  });

  for (const [from, to] of [
    ['client', 'server'],
    ['server', 'client'],
  ] as const) {
    it(`closes both sockets when the ${from} sends FIN: there is no half-close`, async () => {
      const peers = await fixture.dialThrough(await fixture.createProxy());
      peers[from].write('last words');
      peers[from].socket.end();
      await peers[to].untilText('last words');
      await peers[to].untilEnded('fin');
      await peers[from].untilEnded('fin');
    });

    it(`turns an RST of the ${from} into a FIN for the other side`, async () => {
      const peers = await fixture.dialThrough(await fixture.createProxy());
      peers[from].write('x');
      await peers[to].untilText('x');
      peers[from].socket.resetAndDestroy();
      await peers[to].untilEnded('fin');
    });
  }

  it('delivers everything before the FIN, to a reader that is slow', async () => {
    const { client, server } = await fixture.dialThrough(await fixture.createProxy());
    client.socket.pause();
    server.write(Buffer.alloc(20_000_000, 'y'));
    server.socket.end();
    await quiet();
    client.socket.resume();
    await client.untilEnded('fin');
    assert.equal(client.receivedBytes, 20_000_000);
  });

  it('delivers everything before the FIN while the receiver sends too', async () => {
    const { client, server } = await fixture.dialThrough(await fixture.createProxy());
    client.write(Buffer.alloc(3_000_000, 'z'));
    server.write(Buffer.alloc(3_000_000, 'y'));
    server.socket.end();
    await client.untilBytes(3_000_000);
    await client.untilEnded('fin');
  });

  it('closes the client with FIN when the upstream cannot be dialled', async () => {
    const port = await fixture.createProxy('edge', { upstream: '127.0.0.1:1' });
    const client = await fixture.dial(port);
    await client.untilEnded('fin');
  });

  it('closes the client with FIN when the upstream is no address', async () => {
    for (const upstream of ['nowhere', 'a:b', '127.0.0.1:99999', '[::1', '1:2:3']) {
      const client = await fixture.dial(await fixture.createProxy(upstream, { upstream }));
      await client.untilEnded('fin');
    }
  });

  for (const [change, body] of [
    ['disabled', { enabled: false }],
    ['deleted', undefined],
    ['given another upstream', { upstream: '127.0.0.1:1' }],
    ['given another listen', { listen: '127.0.0.1:0' }],
  ] as const) {
    it(`ends with FIN on both sides when the proxy is ${change}`, async () => {
      const { client, server } = await fixture.dialThrough(await fixture.createProxy());
      client.write('x');
      await server.untilText('x');
      await fixture.request(body === undefined ? 'DELETE' : 'POST', '/proxies/edge', body);
      await client.untilEnded('fin');
      await server.untilEnded('fin');
    });
  }

  it('drops what toxics hold when the proxy is disabled', async () => {
    const port = await fixture.createProxy();
    await fixture.addToxic({ type: 'latency', stream: 'upstream', attributes: { latency: 100_000 } });
    const { client, server } = await fixture.dialThrough(port);
    client.write('held');
    await quiet();
    await fixture.request('POST', '/proxies/edge', { enabled: false });
    await server.untilEnded('fin');
    assert.equal(server.text, '');
  });

  it('is refused while the proxy is disabled, and accepted on the same port after it', async () => {
    const port = await fixture.createProxy();
    await fixture.request('POST', '/proxies/edge', { enabled: false });
    assert.equal((await fixture.dial(port)).connected, false);
    await fixture.request('POST', '/proxies/edge', { enabled: true });
    await fixture.dialThrough(port);
  });

  it('does not delay connecting by a latency toxic, only what is said', async () => {
    const port = await fixture.createProxy();
    await fixture.addToxic({ type: 'latency', attributes: { latency: 300 } });
    const { client, server } = await fixture.dialThrough(port);
    const sentAtMs = performance.now();
    server.write('x');
    await client.untilText('x');
    assert.ok(client.firstByteAtMs! - sentAtMs >= 300, String(client.firstByteAtMs! - sentAtMs));
  });

  it('gets toxics that are added, updated and removed while it lives', async () => {
    const { client, server } = await fixture.dialThrough(await fixture.createProxy());
    await fixture.addToxic({ name: 'slow', type: 'latency', stream: 'upstream', attributes: { latency: 60_000 } });
    client.write('a');
    await quiet();
    assert.equal(server.text, '');
    await fixture.request('POST', '/proxies/edge/toxics/slow', { attributes: { latency: 50_000 } });
    await server.untilText('a');
    client.write('b');
    await quiet();
    assert.equal(server.text, 'a');
    await fixture.request('DELETE', '/proxies/edge/toxics/slow');
    await server.untilText('ab');
  });

  it('keeps the bandwidth that was asked for, from above exactly', async () => {
    const port = await fixture.createProxy();
    await fixture.addToxic({ type: 'bandwidth', attributes: { rate: 1000 } });
    const { client, server } = await fixture.dialThrough(port);
    const sentAtMs = performance.now();
    server.write(Buffer.alloc(300_000));
    await client.untilBytes(300_000);
    assert.ok(performance.now() - sentAtMs >= 300, String(performance.now() - sentAtMs));
  });

  it('lets the other direction flow while a timeout toxic swallows one, and closes both sides', async () => {
    const port = await fixture.createProxy();
    await fixture.addToxic({ type: 'timeout', stream: 'upstream', attributes: { timeout: 400 } });
    const { client, server } = await fixture.dialThrough(port);
    client.write('swallowed');
    server.write('heard');
    await client.untilText('heard');
    await Promise.all([client.untilEnded('fin'), server.untilEnded('fin')]);
    assert.equal(server.text, '');
  });

  it('ends with FIN on both sides when a timeout toxic is removed, also by a reset', async () => {
    const port = await fixture.createProxy();
    for (const [method, path] of [
      ['DELETE', '/proxies/edge/toxics/timeout_downstream'],
      ['POST', '/reset'],
    ] as const) {
      await fixture.addToxic({ type: 'timeout' });
      const { client, server } = await fixture.dialThrough(port);
      client.write('x');
      await server.untilText('x');
      await fixture.request(method, path);
      await Promise.all([client.untilEnded('fin'), server.untilEnded('fin')]);
    }
  });

  it('ends with RST on both sides by a reset_peer toxic', async () => {
    const port = await fixture.createProxy();
    await fixture.addToxic({ type: 'reset_peer', attributes: { timeout: 50 } });
    const { client, server } = await fixture.dialThrough(port);
    server.write('lost');
    await Promise.all([client.untilEnded('reset'), server.untilEnded('reset')]);
    assert.equal(client.text, '');
  });

  it('delays only the close of the stream that has the slow_close toxic', async () => {
    const port = await fixture.createProxy();
    await fixture.addToxic({ type: 'slow_close', attributes: { delay: 400 } });
    const closedByServer = await fixture.dialThrough(port);
    const closedAtMs = performance.now();
    closedByServer.server.socket.end('bye');
    await closedByServer.client.untilText('bye');
    await closedByServer.client.untilEnded('fin');
    assert.ok(closedByServer.client.endedAtMs! - closedAtMs >= 400);

    await fixture.request('POST', '/proxies/edge/toxics/slow_close_downstream', { attributes: { delay: 1_000_000 } });
    const closedByClient = await fixture.dialThrough(port);
    closedByClient.client.socket.end();
    await closedByClient.server.untilEnded('fin');
  });

  it('passes exactly as many bytes as a limit_data toxic allows, then closes both sides', async () => {
    const port = await fixture.createProxy();
    await fixture.addToxic({ type: 'limit_data', attributes: { bytes: 100_000 } });
    const { client, server } = await fixture.dialThrough(port);
    server.write(Buffer.alloc(150_000));
    await client.untilEnded('fin');
    assert.equal(client.receivedBytes, 100_000);
    await server.until('its end', () => server.ending !== 'open');
  });
});

describe('a connection under a blackhole', function () {
  this.timeout(30_000);
  let fixture: Fixture;
  beforeEach(async () => {
    fixture = await Fixture.start();
  });
  afterEach(() => fixture.stop());

  const cut = async () => {
    await fixture.addToxic({ type: 'blackhole', stream: 'upstream' });
    await fixture.addToxic({ type: 'blackhole', stream: 'downstream' });
  };
  const heal = () =>
    fixture.request('DELETE', '/toxics', {
      toxics: [
        { proxy: 'edge', name: 'blackhole_upstream' },
        { proxy: 'edge', name: 'blackhole_downstream' },
      ],
    });

  for (const [how, die] of [
    ['FIN', (socket: { end(): unknown }) => socket.end()],
    ['RST', (socket: { resetAndDestroy(): unknown }) => socket.resetAndDestroy()],
  ] as const) {
    it(`withholds a ${how} of the server, as of a process that is killed`, async () => {
      const { client, server } = await fixture.dialThrough(await fixture.createProxy());
      await cut();
      server.write('unheard');
      die(server.socket);
      await quiet();
      assert.deepEqual([client.text, client.ending], ['', 'open']);
      await heal();
      await client.untilEnded('fin');
      assert.equal(client.text, '');
    });

    it(`withholds a ${how} of the client`, async () => {
      const { client, server } = await fixture.dialThrough(await fixture.createProxy());
      await cut();
      client.write('unheard');
      die(client.socket);
      await quiet();
      assert.deepEqual([server.text, server.ending], ['', 'open']);
      await heal();
      await server.untilEnded('fin');
      assert.equal(server.text, '');
    });
  }

  it('lets the other direction flow when only one is cut, its FIN too', async () => {
    const { client, server } = await fixture.dialThrough(await fixture.createProxy());
    await fixture.addToxic({ type: 'blackhole', stream: 'downstream' });
    server.write('unheard');
    client.write('heard');
    await server.untilText('heard');
    client.socket.end();
    await server.untilEnded('fin');
    await quiet();
    assert.deepEqual([client.text, client.ending], ['', 'open']);
    await heal();
    await client.untilEnded('fin');
  });

  it('accepts new connections and leaves them unanswered, and does not dial', async () => {
    const port = await fixture.createProxy();
    await cut();
    const client = await fixture.dial(port);
    client.write('anyone?');
    await quiet();
    assert.deepEqual([client.connected, client.text, client.ending], [true, '', 'open']);
    assert.equal(fixture.upstream.peers.length, 0);
    await heal();
    await client.untilEnded('fin');
    const { client: next, server } = await fixture.dialThrough(port);
    next.write('again');
    await server.untilText('again');
  });

  it('leaves new connections unanswered also when nobody listens at the upstream any more', async () => {
    const port = await fixture.createProxy('edge', { upstream: '127.0.0.1:1' });
    await cut();
    const client = await fixture.dial(port);
    await quiet();
    assert.equal(client.ending, 'open');
  });

  it('closes idle connections too when it is removed', async () => {
    const { client, server } = await fixture.dialThrough(await fixture.createProxy());
    await cut();
    await heal();
    await Promise.all([client.untilEnded('fin'), server.untilEnded('fin')]);
  });

  it('ends when the proxy goes', async () => {
    const { client, server } = await fixture.dialThrough(await fixture.createProxy());
    await cut();
    await fixture.request('DELETE', '/proxies/edge');
    await Promise.all([client.untilEnded('fin'), server.untilEnded('fin')]);
  });

  it('wins over a reset_peer toxic: nothing leaves', async () => {
    const { client, server } = await fixture.dialThrough(await fixture.createProxy());
    await fixture.addToxic({ type: 'reset_peer', stream: 'upstream' });
    await cut();
    client.write('x');
    await quiet();
    assert.deepEqual([client.ending, server.ending], ['open', 'open']);
  });
});

describe('a dial that hangs', function () {
  this.timeout(30_000);
  it('stalls that connection only: the API and other connections go on', async () => {
    const fixture = await Fixture.start();
    try {
      const toxics = [{ type: 'connect_delay', attributes: { delay: 60_000 } }];
      const client = await fixture.dial(await fixture.createProxy('slow', { toxics }));
      client.write('x');
      const { client: other, server } = await fixture.dialThrough(await fixture.createProxy('fast'));
      other.write('y');
      await server.untilText('y');
      assert.equal((await fixture.request('POST', '/proxies/slow/toxics', { type: 'noop' })).status, 200);
      assert.equal((await fixture.request('DELETE', '/proxies/slow')).status, 204);
      await client.untilEnded('fin');
    } finally {
      await fixture.stop();
    }
  });
});
