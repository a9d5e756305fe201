import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { pollUntil } from '../base/poll.ts';
import type { ProxyEvent } from './events.ts';
import { Fixture, type ProxyJson, type ToxicJson } from './testing/fixture.ts';
import { PATIENCE_MS } from './testing/peer.ts';
import { quiet } from './testing/quiet.ts';

const eventually = (subject: string, holds: () => boolean | Promise<boolean>) =>
  pollUntil(async () => ((await holds()) ? { done: true, value: undefined } : { done: false, seen: 'not yet' }), {
    subject,
    timeoutMs: PATIENCE_MS,
    intervalMs: 5,
  });

describe('beyond the original', function () {
  this.timeout(30_000);
  let fixture: Fixture;
  let events: ProxyEvent[];
  beforeEach(async () => {
    fixture = await Fixture.start();
    events = [];
    fixture.server.subscribe((event) => events.push(event));
  });
  afterEach(() => fixture.stop());

  const toxicsOf = async (name = 'edge') =>
    (await fixture.request('GET', `/proxies/${name}/toxics`)).json<ToxicJson[]>().map(({ name }) => name);

  describe('toxics in bulk', () => {
    const edges = Array.from({ length: 100 }, (_, index) => `edge ${index}`);
    const cut = (lease?: number) => ({
      toxics: edges.map((proxy) => ({
        proxy,
        name: 'cut',
        type: 'blackhole',
        ...(lease === undefined ? {} : { lease }),
      })),
    });
    const createEdges = async () => {
      const body = edges.map((name) => ({ name, listen: '127.0.0.1:0', upstream: fixture.upstream.address }));
      assert.equal((await fixture.request('POST', '/populate', body)).status, 201);
    };

    it('are applied to 100 edges and removed again in one call each, with the time of each', async () => {
      await createEdges();
      const before = Date.now() - 1;
      const applied = (await fixture.request('POST', '/toxics', cut())).json<{ toxics: { appliedAtMs: number }[] }>();
      const timesMs = applied.toxics.map(({ appliedAtMs }) => appliedAtMs);
      assert.equal(timesMs.length, 100);
      assert.ok(timesMs.every((atMs) => atMs >= before && atMs <= Date.now() + 1));
      assert.deepEqual(await toxicsOf('edge%2042'), ['cut']);
      const named = edges.map((proxy) => ({ proxy, name: 'cut' }));
      const removed = await fixture.request('DELETE', '/toxics', { toxics: named });
      const { toxics } = removed.json<{ toxics: { removedAtMs: number | null }[] }>();
      assert.ok(toxics.every(({ removedAtMs }) => removedAtMs !== null));
      const again = await fixture.request('DELETE', '/toxics', { toxics: [...named, { proxy: 'none', name: 'cut' }] });
      assert.ok(
        again.json<typeof removed & { toxics: { removedAtMs: null }[] }>().toxics.every((t) => t.removedAtMs === null),
      );
    });

    it('are all refused when one is wrong', async () => {
      await fixture.createProxy();
      const good = { proxy: 'edge', type: 'noop' };
      for (const [bad, status, message] of [
        [{ proxy: 'none', type: 'noop' }, 404, 'proxy not found at toxic 2'],
        [{ proxy: 'edge', type: 'x' }, 400, 'invalid toxic type at toxic 2'],
        [{ proxy: 'edge', type: 'noop' }, 409, 'toxic noop_downstream of proxy edge given twice at toxic 2'],
      ] as const) {
        const answer = await fixture.request('POST', '/toxics', { toxics: [good, bad] });
        assert.deepEqual(answer.json(), { error: message, status });
        assert.deepEqual(await toxicsOf(), []);
      }
      assert.equal((await fixture.request('POST', '/toxics', {})).status, 400);
    });

    it('update those that are there already, but not into another type', async () => {
      await fixture.createProxy();
      const apply = (toxic: object) => fixture.request('POST', '/toxics', { toxics: [{ proxy: 'edge', ...toxic }] });
      await apply({ name: 't', type: 'latency', attributes: { latency: 5 } });
      await apply({ name: 't', type: 'latency', attributes: { jitter: 3 } });
      const [toxic] = (await fixture.request('GET', '/proxies/edge/toxics')).json<ToxicJson[]>();
      assert.deepEqual(toxic?.attributes, { latency: 5, jitter: 3 });
      assert.equal((await apply({ name: 't', type: 'noop' })).status, 409);
      assert.equal((await apply({ name: 't', type: 'latency', stream: 'upstream' })).status, 409);
    });
  });

  describe('proxies in bulk', () => {
    const names = ['one', 'two'];
    const switchTo = async (enabled: boolean, given = names) => {
      const proxies = given.map((name) => ({ name, enabled, lease: enabled ? undefined : 60_000 }));
      return await fixture.request('POST', '/enabled', { proxies });
    };
    const timesOf = (answer: Awaited<ReturnType<typeof switchTo>>) => {
      assert.equal(answer.status, 200, answer.text);
      const { proxies } = answer.json<{ proxies: { name: string; changedAtMs: number | null }[] }>();
      assert.deepEqual(
        proxies.map(({ name }) => name),
        names,
      );
      return proxies.map(({ changedAtMs }) => changedAtMs);
    };
    const enabled = async () => {
      const proxies = (await fixture.request('GET', '/proxies')).json<Record<string, ProxyJson>>();
      return names.filter((name) => proxies[name]!.enabled);
    };
    beforeEach(async () => {
      for (const name of names) await fixture.createProxy(name);
    });

    it('are disabled and enabled in one call each, with the time of each change', async () => {
      const before = Date.now() - 1;
      for (const to of [false, true]) {
        for (const atMs of timesOf(await switchTo(to))) assert.ok(atMs !== null && atMs >= before);
        assert.deepEqual(await enabled(), to ? names : []);
        assert.deepEqual(timesOf(await switchTo(to)), [null, null]);
      }
    });

    it('are all left as they are when one is unknown', async () => {
      assert.equal((await switchTo(false, [...names, 'none'])).status, 404);
      const incomplete = { proxies: [{ name: 'one', enabled: false }, { name: 'two' }] };
      assert.equal((await fixture.request('POST', '/enabled', incomplete)).status, 400);
      assert.deepEqual(await enabled(), names);
    });

    it('listen again but for one whose address was taken meanwhile', async () => {
      const { listen } = (await fixture.request('GET', '/proxies/one')).json<ProxyJson>();
      await switchTo(false);
      const taker = await fixture.request('POST', '/proxies', { name: 'taker', listen, upstream: '127.0.0.1:9' });
      assert.equal(taker.status, 201);
      assert.equal((await switchTo(true)).status, 500);
      assert.deepEqual(await enabled(), ['two']);
    });
  });

  describe('leases', () => {
    it('let a toxic remove itself when nobody renews it', async () => {
      await fixture.createProxy();
      const toxic = await fixture.addToxic({ type: 'timeout', lease: 100 });
      assert.equal(toxic.lease, 100);
      await eventually('the toxic to be gone', async () => (await toxicsOf()).length === 0);
      assert.deepEqual(
        events.slice(-2).map(({ event }) => event),
        ['lease-ended', 'toxic-removed'],
      );
    });

    for (const [how, path, body] of [
      ['its own', '/proxies/edge/toxics/timeout_downstream', { lease: 600 }],
      ['all at once', '/leases', { ms: 600 }],
      ['in bulk', '/toxics', { toxics: [{ proxy: 'edge', type: 'timeout', lease: 600 }] }],
    ] as const) {
      it(`are renewed, ${how}`, async () => {
        await fixture.createProxy();
        await fixture.addToxic({ type: 'timeout', lease: 600 });
        const untilMs = performance.now() + 1200;
        while (performance.now() < untilMs) {
          assert.equal((await fixture.request('POST', path, body)).status, 200);
          await quiet();
        }
        assert.deepEqual(await toxicsOf(), ['timeout_downstream']);
        await eventually('the toxic to be gone', async () => (await toxicsOf()).length === 0);
      });
    }

    it('are renewed without the connections noticing: no new draw, no chunk released', async () => {
      const port = await fixture.createProxy();
      await fixture.addToxic({ type: 'latency', name: 'slow', attributes: { latency: 60_000 }, lease: 60_000 });
      const { client, server } = await fixture.dialThrough(port);
      server.write('held');
      await quiet();
      await fixture.request('POST', '/proxies/edge/toxics/slow', { lease: 60_000 });
      await quiet();
      assert.equal(client.text, '');
    });

    it('are counted by POST /leases, and given up with 0', async () => {
      await fixture.createProxy();
      await fixture.addToxic({ type: 'noop', name: 'a', lease: 60_000 });
      await fixture.addToxic({ type: 'noop', name: 'b', lease: 60_000 });
      await fixture.addToxic({ type: 'noop', name: 'c' });
      const renew = async () => (await fixture.request('POST', '/leases', { ms: 60_000 })).json<{ renewed: number }>();
      assert.equal((await renew()).renewed, 2);
      const kept = await fixture.request('POST', '/proxies/edge/toxics/a', { lease: 0 });
      assert.equal(kept.json<ToxicJson>().lease, undefined);
      assert.equal((await renew()).renewed, 1);
      for (const ms of [0, -1, 1.5, 2 ** 31, 'x', null]) {
        assert.equal((await fixture.request('POST', '/leases', { ms })).status, 400);
      }
    });

    it('let a disabled proxy enable itself', async () => {
      const port = await fixture.createProxy();
      await fixture.request('POST', '/proxies/edge', { enabled: false, lease: 300 });
      assert.equal((await fixture.dial(port)).connected, false);
      await eventually('the proxy to be enabled', async () => {
        return (await fixture.request('GET', '/proxies/edge')).json<ProxyJson>().enabled;
      });
      await fixture.dialThrough(port);
    });

    it('end with the proxy', async () => {
      await fixture.createProxy();
      await fixture.addToxic({ type: 'noop', lease: 50 });
      await fixture.request('POST', '/proxies/edge', { enabled: false, lease: 50 });
      await fixture.request('DELETE', '/proxies/edge');
      await quiet();
      assert.ok(!events.some(({ event }) => event === 'lease-ended'));
    });
  });

  describe('creation', () => {
    const toxics = [
      { type: 'latency', attributes: { latency: 1 } },
      { type: 'noop', name: 'n', stream: 'upstream' },
    ];

    it('takes toxics along, alone and in populate', async () => {
      await fixture.createProxy('edge', { toxics });
      assert.deepEqual(await toxicsOf(), ['n', 'latency_downstream']);
      await fixture.request('POST', '/populate', [{ name: 'p', listen: '127.0.0.1:0', upstream: 'x:1', toxics }]);
      assert.deepEqual(await toxicsOf('p'), ['n', 'latency_downstream']);
    });

    it('creates nothing when a toxic is wrong', async () => {
      const body = { name: 'p', listen: '127.0.0.1:0', upstream: 'x:1' };
      for (const wrong of [[{ type: 'x' }], [toxics[0], toxics[0]]]) {
        assert.ok((await fixture.request('POST', '/proxies', { ...body, toxics: wrong })).status >= 400);
      }
      assert.equal((await fixture.request('GET', '/proxies')).text, '{}');
    });
  });

  it('a toxic acts on the peers it is meant for only', async () => {
    const port = await fixture.createProxy();
    await fixture.addToxic({ type: 'timeout', stream: 'upstream', peers: ['127.0.0.0/8'] });
    const { client, server } = await fixture.dialThrough(port);
    client.write('swallowed');
    await quiet();
    assert.equal(server.text, '');
    await fixture.request('POST', '/proxies/edge/toxics/timeout_upstream', { peers: ['10.0.0.0/8'] });
    client.write('heard');
    await server.untilText('heard');
    for (const peers of [['x'], ['1.2.3.4/33'], ['1.2.3.4/'], ['::/129'], [5], 'all']) {
      const answer = await fixture.request('POST', '/proxies/edge/toxics', { type: 'noop', peers });
      assert.equal(answer.status, 400, JSON.stringify(peers));
    }
  });

  it('connect_delay opens new connections late', async () => {
    const port = await fixture.createProxy();
    await fixture.addToxic({ type: 'connect_delay', attributes: { delay: 200 } });
    const startedAtMs = performance.now();
    await fixture.dialThrough(port);
    assert.ok(performance.now() - startedAtMs >= 200);
  });

  it('fail_first resets the first N connections, then lets them through', async () => {
    const port = await fixture.createProxy();
    await fixture.addToxic({ type: 'fail_first', attributes: { connections: 2 } });
    for (let failed = 0; failed < 2; failed += 1) await (await fixture.dial(port)).untilEnded('reset');
    await fixture.dialThrough(port);
    const refused = events.flatMap((event) => (event.event === 'connection-refused' ? [event.reason] : []));
    assert.deepEqual(refused, Array(2).fill('reset by a fail_first toxic'));
  });

  describe('events', () => {
    it('tell of connections, toxics and proxies, with times since the epoch', async () => {
      const port = await fixture.createProxy();
      await fixture.addToxic({ type: 'noop', name: 'n' });
      const { client, server } = await fixture.dialThrough(port);
      client.write('12345');
      server.write('123');
      await Promise.all([client.untilText('123'), server.untilText('12345')]);
      client.socket.end();
      await eventually('the close', () => events.some(({ event }) => event === 'connection-closed'));
      await fixture.request('DELETE', '/proxies/edge/toxics/n');
      assert.deepEqual(
        events.map(({ event }) => event),
        ['proxy-enabled', 'proxy-created', 'toxic-applied', 'connection-opened', 'connection-closed', 'toxic-removed'],
      );
      const closed = events.find(({ event }) => event === 'connection-closed');
      const { atMs, ...rest } = closed!;
      assert.deepEqual(rest, {
        event: 'connection-closed',
        proxy: 'edge',
        connection: 1,
        receivedBytes: 5,
        sentBytes: 3,
      });
      assert.ok(Math.abs(atMs - Date.now()) < PATIENCE_MS);
    });

    it('tell of connections whose upstream could not be dialled', async () => {
      const port = await fixture.createProxy('edge', { upstream: '127.0.0.1:1' });
      await (await fixture.dial(port)).untilEnded('fin');
      const refused = events.find((event) => event.event === 'connection-refused');
      assert.match(refused?.reason ?? '', /ECONNREFUSED/);
    });

    it('stream as JSON lines over HTTP', async () => {
      const response = await fetch(`${fixture.server.url}/events`);
      assert.equal(response.headers.get('content-type'), 'application/x-ndjson');
      await fixture.createProxy();
      const reader = response.body!.getReader();
      let text = '';
      while (text.split('\n').length < 3) text += Buffer.from((await reader.read()).value!).toString();
      await reader.cancel();
      const [first] = text.split('\n').map((line) => (line === '' ? undefined : (JSON.parse(line) as ProxyEvent)));
      assert.deepEqual([first?.event, first?.atMs === undefined], ['proxy-enabled', false]);
    });
  });
});
