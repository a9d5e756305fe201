import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { type ICreateToxicBody, type Proxy as LibraryProxy, Toxiproxy } from 'toxiproxy-node-client';
import { Fixture } from './testing/fixture.ts';
import { quiet } from './testing/quiet.ts';

/** Longer than any test: what waits for this only comes when something else lets it go. */
const LONG_MS = 1_000_000;

describe('toxics added, updated and removed by toxiproxy-node-client on a live connection', function () {
  this.timeout(30_000);
  let fixture: Fixture;
  let proxy: LibraryProxy;
  beforeEach(async () => {
    fixture = await Fixture.start();
    const library = new Toxiproxy(fixture.server.url);
    proxy = await library.createProxy({ name: 'edge', listen: '127.0.0.1:0', upstream: fixture.upstream.address });
  });
  afterEach(() => fixture.stop());

  const connect = () => fixture.dialThrough(Number(proxy.listen.split(':')[1]));
  const add = <T>(type: ICreateToxicBody<T>['type'], attributes: T, stream: 'upstream' | 'downstream' = 'downstream') =>
    proxy.addToxic<T>({ name: 'it', type, stream, toxicity: 1, attributes });

  it('latency: holds data, releases it on update, flushes it on removal', async () => {
    const { client, server } = await connect();
    const toxic = await add('latency', { latency: LONG_MS, jitter: 0 });
    server.write('a');
    await quiet();
    assert.equal(client.text, '');
    await toxic.update({ ...toxic.toJson(), attributes: { latency: LONG_MS, jitter: 1 } });
    await client.untilText('a');
    server.write('b');
    await quiet();
    assert.equal(client.text, 'a');
    await toxic.remove();
    await client.untilText('ab');
  });

  it('bandwidth: holds data at rate 0, sends it after an update, and what is held after removal', async () => {
    const { client, server } = await connect();
    const toxic = await add('bandwidth', { rate: 0 });
    server.write('a');
    await quiet();
    assert.equal(client.text, '');
    await toxic.update({ ...toxic.toJson(), attributes: { rate: 1 } });
    await client.untilText('a');
    await toxic.update({ ...toxic.toJson(), attributes: { rate: 0 } });
    server.write('b');
    await quiet();
    assert.equal(client.text, 'a');
    await toxic.remove();
    await client.untilText('ab');
  });

  it('bandwidth: limits each connection and each direction by itself', async () => {
    const slow = await connect();
    const free = await connect();
    await add('bandwidth', { rate: 1 });
    slow.server.write(Buffer.alloc(1_000_000));
    await quiet();
    free.server.write('not behind the megabyte');
    await free.client.untilText('not behind the megabyte');
    slow.client.write('the other way');
    await slow.server.untilText('the other way');
    assert.ok(slow.client.receivedBytes < 1_000_000);
  });

  it('slow_close: lets data pass, holds the end, and lets it go on removal', async () => {
    const { client, server } = await connect();
    const toxic = await add('slow_close', { delay: LONG_MS });
    server.socket.end('bye');
    await client.untilText('bye');
    await quiet();
    assert.equal(client.ending, 'open');
    await toxic.remove();
    await client.untilEnded('fin');
  });

  it('timeout: swallows data, closes both sides after an update to a short one', async () => {
    const { client, server } = await connect();
    const toxic = await add('timeout', { timeout: 0 });
    server.write('lost');
    await quiet();
    assert.deepEqual([client.text, client.ending], ['', 'open']);
    await toxic.update({ ...toxic.toJson(), attributes: { timeout: 20 } });
    await Promise.all([client.untilEnded('fin'), server.untilEnded('fin')]);
    assert.equal(client.text, '');
  });

  it('timeout: closes both sides on removal', async () => {
    const { client, server } = await connect();
    const toxic = await add('timeout', { timeout: 0 });
    server.write('lost');
    await toxic.remove();
    await Promise.all([client.untilEnded('fin'), server.untilEnded('fin')]);
  });

  it('timeout: passes the end of its source at once', async () => {
    const { client, server } = await connect();
    await add('timeout', { timeout: 0 });
    server.socket.end();
    await client.untilEnded('fin');
  });

  it('reset_peer: resets both sides after its time, also one that was updated meanwhile', async () => {
    const { client, server } = await connect();
    const toxic = await add('reset_peer', { timeout: LONG_MS });
    server.write('lost');
    await quiet();
    assert.deepEqual([client.text, client.ending], ['', 'open']);
    await toxic.update({ ...toxic.toJson(), attributes: { timeout: 1 } });
    await Promise.all([client.untilEnded('reset'), server.untilEnded('reset')]);
  });

  it('slicer: cuts what the other side reads, and loses no byte', async () => {
    const { client, server } = await connect();
    await add('slicer', { average_size: 1000, size_variation: 0, delay: 2000 });
    const sizes: number[] = [];
    client.socket.on('data', (chunk: Buffer) => sizes.push(chunk.length));
    const bytes = Buffer.from(Array.from({ length: 20_000 }, (_, index) => index % 251));
    server.write(bytes);
    await client.untilBytes(bytes.length);
    assert.ok(client.bytes.equals(bytes));
    assert.ok(sizes.length > 1, `read in ${sizes.length} pieces`);
  });

  it('limit_data: closes after N bytes counted from when it was added; an update keeps the count', async () => {
    const { client, server } = await connect();
    server.write('before');
    await client.untilText('before');
    const toxic = await add('limit_data', { bytes: 100 });
    server.write('12345');
    await client.untilText('before12345');
    await toxic.update({ ...toxic.toJson(), attributes: { bytes: 7 } });
    server.write('6789');
    await Promise.all([client.untilEnded('fin'), server.until('its end', () => server.ending !== 'open')]);
    assert.equal(client.text, 'before1234567');
  });

  it('limit_data: closes on the first data with 0, and on the next data when lowered below the count', async () => {
    const { client, server } = await connect();
    const toxic = await add('limit_data', { bytes: 100 });
    server.write('12345');
    await client.untilText('12345');
    await toxic.update({ ...toxic.toJson(), attributes: { bytes: 0 } });
    await quiet();
    assert.equal(client.ending, 'open');
    server.write('6');
    await client.untilEnded('fin');
    assert.equal(client.text, '12345');
  });

  it('toxicity 0: acts on no connection until it is updated', async () => {
    const { client, server } = await connect();
    const made = { name: 'it', type: 'timeout', stream: 'downstream', attributes: { timeout: 0 } } as const;
    const toxic = await proxy.addToxic({ ...made, toxicity: 0 });
    server.write('a');
    await client.untilText('a');
    await toxic.update({ ...toxic.toJson(), toxicity: 1 });
    server.write('b');
    await quiet();
    assert.equal(client.text, 'a');
  });
});
