import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import { createLog } from '../log.ts';
import { eventually } from '../testing/poll.ts';
import { RedisServer } from '../testing/redis.ts';
import { Relay } from '../testing/relay.ts';
import { Cache } from './cache.ts';
import { byPreference, Caches } from './caches.ts';

const LIFETIME_MS = 60_000;
const NAMES = ['cache-1.here', 'cache-2.here'];

const version = (number: number, text = `text ${number}`) => ({ version: String(number).padStart(16, '0'), text });

describe('the caches of a zone', function () {
  this.timeout(30_000);
  let servers: RedisServer[];
  let elsewhere: RedisServer;
  let relay: Relay;
  let errors: string[];
  let open: Caches[];

  /** As a web server has them, with its own ways to them. */
  const connect = async (ways: readonly { port: number }[] = servers) => {
    const cacheAt = (name: string, { port }: { port: number }) =>
      new Cache({
        address: { name, host: '127.0.0.1', port },
        log: createLog({ node: 'test', zone: 'test' }),
        onError: (cache) => errors.push(cache),
      });
    const own = ways.map((way, index) => cacheAt(NAMES[index]!, way));
    const other = cacheAt('cache-1.there', elsewhere);
    const caches = new Caches({ own, elsewhere: [other] });
    open.push(caches);
    await eventually('all to be connected', () => [...own, other].every(({ isConnected }) => isConnected) || undefined);
    return { caches, own };
  };
  /** A key whose home is the cache with this index. */
  const keyAt = (home: number) => {
    const own = NAMES.map((name) => ({ name }));
    const key = Array.from({ length: 100 }, (_, n) => `key-${n}`).find(
      (one) => byPreference(own, one)[0] === own[home],
    );
    return key!;
  };

  before(async () => {
    servers = await Promise.all([RedisServer.start(), RedisServer.start()]);
    elsewhere = await RedisServer.start();
    relay = await Relay.to(servers[0]!.port);
  });
  beforeEach(async () => {
    [errors, open] = [[], []];
    await Promise.all([...servers, elsewhere].map((server) => server.flush()));
  });
  afterEach(() => {
    for (const caches of open) caches.close();
  });
  after(async () => {
    relay?.close();
    await Promise.allSettled([...(servers ?? []), elsewhere].map((server) => server?.kill()));
  });

  it('share the keys, and a web server finds what another one put', async () => {
    const [one, other] = await Promise.all([connect(), connect()]);
    for (const home of [0, 1]) {
      await one.caches.put(keyAt(home), version(1), LIFETIME_MS);
      assert.deepEqual(await other.caches.get(keyAt(home)), version(1));
      assert.equal(await servers[home]!.keys(), 1);
    }
  });

  it('keep what is newer, whichever comes last', async () => {
    const { caches } = await connect();
    await caches.put('key', version(2), LIFETIME_MS);
    await caches.put('key', version(1), LIFETIME_MS);
    assert.deepEqual(await caches.get('key'), version(2));
    await caches.end(['key'], version(3).version, LIFETIME_MS);
    await caches.put('key', version(2), LIFETIME_MS);
    assert.deepEqual(await caches.get('key'), version(3, ''));
  });

  it('take over for each other, and nothing is said when one comes back', async () => {
    const { caches, own } = await connect();
    const key = keyAt(0);
    await servers[0]!.kill();
    await caches.put(key, version(1), LIFETIME_MS);
    assert.deepEqual(await caches.get(key), version(1));
    assert.deepEqual(new Set(errors), new Set([NAMES[0]]));
    await servers[0]!.restart();
    await eventually('it to be connected again', () => own[0]!.isConnected || undefined);
    assert.equal(await caches.get(key), undefined);
  });

  it('all hear of what has ended, those of another zone as well', async () => {
    const { caches } = await connect();
    const key = keyAt(0);
    await servers[0]!.kill();
    await caches.put(key, version(1), LIFETIME_MS);
    await servers[0]!.restart();
    const other = await connect();
    await other.caches.put(key, version(1), LIFETIME_MS);
    await other.caches.end([key], version(2).version, LIFETIME_MS);
    await servers[0]!.kill();
    assert.deepEqual(await other.caches.get(key), version(2, ''), 'the one that had stood in knows it');
    await eventually('the other zone to hear', async () => ((await elsewhere.keys()) === 1 ? true : undefined));
    await servers[0]!.restart();
  });

  it('cost 200 ms once when one falls silent', async () => {
    const { caches } = await connect([relay, servers[1]!]);
    const key = keyAt(0);
    relay.silence();
    try {
      const startMs = performance.now();
      await caches.put(key, version(1), LIFETIME_MS);
      assert.ok(performance.now() - startMs < 1000);
      const quickMs = performance.now();
      for (let reads = 0; reads < 20; reads += 1) assert.deepEqual(await caches.get(key), version(1));
      assert.ok(performance.now() - quickMs < 1000, 'twenty reads take less than twenty times 200 ms');
    } finally {
      relay.restore();
    }
  });

  it('give the right to load to one at a time, until something new enough is there', async () => {
    const [one, other] = await Promise.all([connect(), connect()]);
    const first = await one.caches.lookUp('key', '');
    assert.ok(first.lock);
    assert.equal((await other.caches.lookUp('key', '')).lock, undefined);
    await one.caches.put('key', version(1), LIFETIME_MS);
    first.lock.release();
    await eventually('somebody who needs something newer to have the lock', async () => {
      return (await other.caches.lookUp('key', version(2).version)).lock;
    });
    assert.deepEqual(await one.caches.lookUp('key', version(1).version), { found: version(1), lock: undefined });
    first.lock.release();
    const { found, lock } = await one.caches.lookUp('key', version(2).version);
    assert.deepEqual([found, lock], [version(1), undefined], 'who had the lock cannot release that of another one');
  });

  it('let everybody load when none of them answers', async () => {
    const { caches } = await connect();
    await Promise.all(servers.map((server) => server.kill()));
    for (let times = 0; times < 2; times += 1) {
      const { found, lock } = await caches.lookUp('key', '');
      assert.equal(found, undefined);
      assert.ok(lock);
    }
    await caches.put('key', version(1), LIFETIME_MS);
    await caches.end(['key'], version(2).version, LIFETIME_MS);
    assert.equal(await caches.get('key'), undefined);
    await Promise.all(servers.map((server) => server.restart()));
  });
});

describe('where a key has its home', () => {
  const named = (...names: string[]) => names.map((name) => ({ name }));

  it('is spread over the caches, and moves only with the cache that goes', () => {
    const keys = Array.from({ length: 1000 }, (_, n) => `photo:${n}`);
    const homes = (caches: { name: string }[]) => keys.map((key) => byPreference(caches, key)[0]!.name);
    const all = homes(named('a', 'b', 'c'));
    for (const name of ['a', 'b', 'c']) {
      const share = all.filter((home) => home === name).length / keys.length;
      assert.ok(share > 0.25 && share < 0.42, `${name} has ${share}`);
    }
    const without = homes(named('c', 'a'));
    assert.deepEqual(
      without.filter((_, index) => all[index] !== 'b'),
      all.filter((home) => home !== 'b'),
    );
  });
});
