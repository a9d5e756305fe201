import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { eventually } from '../testing/poll.ts';
import { PostgreSql } from '../testing/postgresql.ts';
import { RedisServer } from '../testing/redis.ts';
import { PIXEL, TestWebServer } from '../testing/web-server.ts';

const TOGETHER = 40;

describe('what people look at, through the cache', function () {
  this.timeout(60_000);
  let primary: PostgreSql;
  let standby: PostgreSql;
  let cache: RedisServer;
  let web: TestWebServer;
  let other: TestWebServer;
  let user: { id: string; session: string };

  const start = (name: string, environment: Record<string, string> = {}) =>
    TestWebServer.start({
      ...{ name, cachePort: cache.port, writePort: primary.port, readPort: standby.port },
      environment: { CONTENT: 'cache', ...environment },
    });

  before(async () => {
    [primary, cache] = await Promise.all([PostgreSql.start('db-1.us-west'), RedisServer.start()]);
    standby = await primary.standby('db-2.us-west');
    [web, other] = await Promise.all([start('web-1.us-west'), start('web-2.us-west')]);
    user = await web.newUser('ann');
    await web.post('/api/photos', { id: 'cat', caption: 'first', image: PIXEL }, user);
    await caughtUp();
  });
  after(async () => {
    await Promise.allSettled([web?.stop(), other?.stop(), cache?.kill(), standby?.remove(), primary?.remove()]);
  });

  const atPrimary = () => `127.0.0.1:${primary.port}`;
  const cachesOf = (own: RedisServer, elsewhere: RedisServer) => ({
    CACHES: `cache-1.own=127.0.0.1:${own.port}`,
    CACHES_ELSEWHERE: `cache-1.elsewhere=127.0.0.1:${elsewhere.port}`,
  });
  const caughtUp = () => standby.caughtUpWith(primary);
  const caption = async (server: TestWebServer, position?: string) =>
    (await server.get('/api/photos/cat', { ...user, position })).json.caption;
  const edit = async (server: TestWebServer, text: string) =>
    (await server.send('PUT', '/api/photos/cat', { ...user, json: { caption: text } })).headers.get('x-position') ?? '';
  /** How often photos were looked up with this result, or loaded. */
  const counted = async (what: string, server = web) => {
    const { text } = await server.get('/metrics');
    return Number(
      text
        .split('\n')
        .find((line) => line.startsWith(what))
        ?.split(' ')[1] ?? 0,
    );
  };
  const HITS = 'content_look_ups_total{kind="photo",result="hit"}';
  const MISSES = 'content_look_ups_total{kind="photo",result="miss"}';
  const OLDER = 'content_look_ups_total{kind="photo",result="older"}';
  const LOADS = 'content_loads_total{kind="photo"}';

  it('is loaded once and then comes from the cache, with its age', async () => {
    assert.equal(await caption(web), 'first');
    const [loads, hits] = [await counted(LOADS), await counted(HITS)];
    const { json, headers } = await web.get('/api/photos/cat', user);
    assert.deepEqual([json.caption, headers.get('x-read-from')], ['first', 'db-2.us-west']);
    assert.match(headers.get('x-staleness-ms') ?? '', /^\d+$/);
    assert.deepEqual([await counted(LOADS), await counted(HITS)], [loads, hits + 1]);
  });

  it('is never as it was before a write that was acknowledged by another web server', async () => {
    assert.equal(await caption(web), 'first');
    const position = await edit(other, 'second');
    assert.equal(await caption(web, position), 'second');
    await caughtUp();
    assert.equal(await caption(web), 'second');
  });

  it('is not brought back by a load from a standby that has not heard of the write', async () => {
    await standby.query('SELECT pg_wal_replay_pause()');
    try {
      const position = await edit(other, 'third');
      assert.equal(await caption(web), 'second', 'a standby that lags is believed by those who know of nothing newer');
      assert.equal(await caption(web, position), 'third');
    } finally {
      await standby.query('SELECT pg_wal_replay_resume()');
    }
    await caughtUp();
    assert.equal(await caption(web), 'third');
  });

  it('is read again for a client that has written something since it was loaded', async () => {
    assert.equal(await caption(web), 'third');
    const posted = await other.post('/api/photos', { id: 'dog', caption: '', image: PIXEL }, user);
    const older = await counted(OLDER);
    assert.equal(await caption(web, posted.headers.get('x-position') ?? ''), 'third');
    assert.equal(await counted(OLDER), older + 1);
  });

  it('is loaded by one when many miss it at one time', async () => {
    await caughtUp();
    await cache.flush();
    const before = await counted(LOADS);
    const shown = await Promise.all(Array.from({ length: TOGETHER }, () => caption(web)));
    assert.deepEqual(new Set(shown), new Set(['third']));
    const loads = (await counted(LOADS)) - before;
    assert.ok(loads >= 1 && loads < TOGETHER / 4, `${loads} loads`);
  });

  it('is loaded by one of all web servers when many miss it at one time', async () => {
    const servers = await Promise.all(['web-3', 'web-4'].map((name) => start(name, { SQL_READ: atPrimary() })));
    const holder = await primary.connect();
    try {
      // A primary whose only transaction has just begun is known by its position from before.
      await Promise.all(servers.map((server) => server.get('/api/users/ann', user)));
      await cache.flush();
      // Nobody can load it before all have missed it.
      await holder.query('BEGIN; LOCK TABLE photos');
      const shown = servers.flatMap((server) => Array.from({ length: 5 }, () => caption(server)));
      await eventually('all to have missed it', async () => {
        const misses = await Promise.all(servers.map((server) => counted(MISSES, server)));
        return misses.reduce((sum, count) => sum + count) === shown.length ? true : undefined;
      });
      await holder.query('ROLLBACK');
      assert.deepEqual(new Set(await Promise.all(shown)), new Set(['third']));
      const loads = await Promise.all(servers.map((server) => counted(LOADS, server)));
      assert.deepEqual(loads.sort(), [0, 1]);
    } finally {
      await holder.end();
      await Promise.all(servers.map((server) => server.stop()));
    }
  });

  it('is kept as well when the primary answers, until somebody in another datacenter changes it', async () => {
    const far = await RedisServer.start();
    const here = { SQL_READ: atPrimary() };
    const [near, away] = await Promise.all([
      start('web-1.us-west', here),
      start('web-1.us-east', { ...cachesOf(far, cache) }),
    ]);
    try {
      await cache.flush();
      await eventually('it to come from the cache', async () => {
        await caption(near);
        return (await counted(HITS, near)) > 0 ? true : undefined;
      });
      const { headers } = await near.get('/api/photos/cat', user);
      assert.equal(headers.get('x-read-from'), 'db-1.us-west');
      await edit(away, 'from afar');
      await eventually('the change to be shown', async () =>
        (await caption(near)) === 'from afar' ? true : undefined,
      );
      await edit(near, 'third');
      await caughtUp();
    } finally {
      await Promise.all([near.stop(), away.stop(), far.kill()]);
    }
  });

  it('comes from the database when the cache is gone', async () => {
    await cache.kill();
    assert.equal(await caption(web), 'third');
    await edit(web, 'fourth');
    await caughtUp();
    assert.equal(await caption(web), 'fourth');
  });
});
