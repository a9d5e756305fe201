import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { type ICreateToxicBody, type Latency, Toxiproxy } from 'toxiproxy-node-client';
import { Fixture } from './testing/fixture.ts';

describe('toxiproxy-node-client drives the server', function () {
  this.timeout(30_000);
  let fixture: Fixture;
  let client: Toxiproxy;
  beforeEach(async () => {
    fixture = await Fixture.start();
    client = new Toxiproxy(fixture.server.url);
  });
  afterEach(() => fixture.stop());

  const body = (name: string) => ({ name, listen: '127.0.0.1:0', upstream: fixture.upstream.address });

  it('creates, finds, lists, updates and removes proxies', async () => {
    const proxy = await client.createProxy(body('web-1.us-east->cache.us-east:redis'));
    assert.equal(proxy.enabled, true);
    const found = await client.get(proxy.name);
    assert.deepEqual(found.toJson(), proxy.toJson());
    assert.deepEqual(Object.keys(await client.getAll()), [proxy.name]);
    const disabled = await proxy.update({ enabled: false, listen: proxy.listen, upstream: proxy.upstream });
    assert.deepEqual([disabled.enabled, disabled.listen], [false, proxy.listen]);
    await proxy.remove();
    assert.deepEqual(await client.getAll(), {});
    await assert.rejects(client.get(proxy.name), /status code 404/);
  });

  it('populates, resets and asks for the version', async () => {
    const proxies = await client.populate([body('a'), { ...body('b'), enabled: false }]);
    assert.deepEqual([proxies.a?.enabled, proxies.b?.enabled], [true, false]);
    await proxies.a!.addToxic({
      name: 't',
      type: 'latency',
      stream: 'upstream',
      toxicity: 1,
      attributes: { latency: 1, jitter: 0 },
    });
    await client.reset();
    assert.equal((await client.get('b')).enabled, true);
    await assert.rejects(proxies.a!.getToxic('t'), /status code 404/);
    assert.match(await client.getVersion(), /^\{"version": "2\.12\.0/);
  });

  it('adds, finds, updates and removes toxics, which act', async () => {
    const proxy = await client.createProxy(body('edge'));
    const port = Number(proxy.listen.split(':')[1]);
    const { client: peer, server } = await fixture.dialThrough(port);
    const toxic = await proxy.addToxic<Latency>({
      name: 'slow',
      type: 'latency',
      stream: 'upstream',
      toxicity: 1,
      attributes: { latency: 200, jitter: 0 },
    });
    const sentAtMs = performance.now();
    peer.write('x');
    await server.untilText('x');
    assert.ok(performance.now() - sentAtMs >= 200);
    const updated = await toxic.update({ ...toxic.toJson(), attributes: { latency: 5, jitter: 1 } });
    assert.deepEqual(updated.attributes, { latency: 5, jitter: 1 });
    assert.deepEqual((await proxy.getToxic<Latency>('slow')).toJson(), updated.toJson());
    await toxic.remove();
    await assert.rejects(proxy.getToxic('slow'), /status code 404/);
  });

  it('may add every type of toxic that it knows', async () => {
    const proxy = await client.createProxy(body('edge'));
    const types: ICreateToxicBody<unknown>['type'][] = [
      'latency',
      'bandwidth',
      'slow_close',
      'timeout',
      'reset_peer',
      'limit_data',
    ];
    for (const type of types) {
      const toxic = await proxy.addToxic({ name: type, type, stream: 'downstream', toxicity: 0.5, attributes: {} });
      assert.deepEqual([toxic.type, toxic.toxicity], [type, 0.5]);
    }
  });

  it('is told the status of what goes wrong', async () => {
    const proxy = await client.createProxy(body('edge'));
    const toxic = { name: 't', type: 'latency', stream: 'upstream', toxicity: 1, attributes: { latency: 1 } } as const;
    await proxy.addToxic(toxic);
    await assert.rejects(client.createProxy(body('edge')), /status code 409/);
    await assert.rejects(client.createProxy({ ...body(''), name: '' }), /status code 400/);
    await assert.rejects(client.createProxy({ ...body('b'), listen: fixture.upstream.address }), /status code 500/);
    await assert.rejects(proxy.addToxic(toxic), /status code 409/);
    await assert.rejects(proxy.addToxic({ ...toxic, name: 'u', attributes: { latency: 'x' } }), /status code 400/);
    await assert.rejects(client.populate([body('c'), { ...body('d'), upstream: '' }]), /status code 400/);
    assert.deepEqual(Object.keys(await client.getAll()), ['edge']);
  });

  it('moves, disables and populates proxies, whose connections and toxics are dropped or kept as they should be', async () => {
    const toxic = { name: 't', type: 'slow_close', stream: 'upstream', toxicity: 1, attributes: { delay: 1 } } as const;
    const proxy = await client.createProxy(body('edge'));
    await proxy.addToxic(toxic);
    const port = Number(proxy.listen.split(':')[1]);
    const { client: peer, server } = await fixture.dialThrough(port);

    await client.populate([{ ...body('edge'), listen: proxy.listen }]);
    peer.write('kept');
    await server.untilText('kept');
    assert.equal((await proxy.getToxic('t')).type, 'slow_close');

    await proxy.update({ enabled: false, listen: proxy.listen, upstream: proxy.upstream });
    await Promise.all([peer.untilEnded('fin'), server.untilEnded('fin')]);
    assert.equal((await fixture.dial(port)).connected, false);
    await proxy.update({ enabled: true, listen: proxy.listen, upstream: proxy.upstream });
    await fixture.dialThrough(port);
    assert.equal((await proxy.getToxic('t')).type, 'slow_close');

    await client.populate([body('edge')]);
    await assert.rejects(proxy.getToxic('t'), /status code 404/);
  });
});
