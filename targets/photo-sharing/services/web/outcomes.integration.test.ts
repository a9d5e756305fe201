import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'mocha';
import { eventually } from '../testing/poll.ts';
import { PostgreSql } from '../testing/postgresql.ts';
import { RedisServer } from '../testing/redis.ts';
import { Relay } from '../testing/relay.ts';
import { PIXEL, TestWebServer } from '../testing/web-server.ts';

const NOT_APPLIED = 'not-applied';
const UNKNOWN = 'unknown';

describe('what became of a write', function () {
  this.timeout(60_000);
  let database: PostgreSql;
  let cache: RedisServer;
  let relay: Relay;
  let web: TestWebServer;
  let user: { id: string; session: string };

  before(async () => {
    [database, cache] = await Promise.all([PostgreSql.start('db.us-west'), RedisServer.start()]);
    relay = await Relay.to(database.port);
    web = await TestWebServer.start({ cachePort: cache.port, writePort: relay.port, readPort: relay.port });
  });

  beforeEach(async () => {
    relay.restore();
    user = await web.newUser(`user-${randomUUID()}`);
  });

  after(async () => {
    relay?.close();
    await Promise.allSettled([web?.stop(), cache?.kill(), database?.remove()]);
  });

  const post = async (key: string = randomUUID()) => {
    const photo = { id: `photo-${key}`, caption: '', image: PIXEL };
    const { status, json, headers } = await web.post('/api/photos', photo, { ...user, key });
    return { status, error: json.error, outcome: json.outcome, header: headers.get('x-outcome') };
  };
  const photosOf = async (key: string) => {
    const rows = await database.query('SELECT FROM photos WHERE id = $1', [`photo-${key}`]);
    return rows.length;
  };
  const commitsWaiting = async () => {
    const text = "SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
    return (await database.query(text)).length > 0 ? true : undefined;
  };
  const requireStandby = async (name: string) => {
    await database.query(`ALTER SYSTEM SET synchronous_standby_names = '${name}'`);
    await database.query('SELECT pg_reload_conf()');
    await eventually('the setting to be in force', async () => {
      const rows = await database.query<{ value: string }>(
        "SELECT current_setting('synchronous_standby_names') AS value",
      );
      return rows[0]?.value === name ? true : undefined;
    });
  };

  it('is unknown when the database is killed while the commit waits, and the key gives the one effect later', async () => {
    await requireStandby('nobody');
    const key = randomUUID();
    const answer = post(key);
    await eventually('the commit to wait for a standby', commitsWaiting);
    await database.kill();
    assert.deepEqual(await answer, { status: 503, error: 'commit-unanswered', outcome: UNKNOWN, header: UNKNOWN });
    assert.deepEqual(await post(), {
      status: 503,
      error: 'database-unavailable',
      outcome: NOT_APPLIED,
      header: NOT_APPLIED,
    });

    await database.restart();
    await requireStandby('');
    assert.equal((await post(key)).status, 201);
    assert.equal(await photosOf(key), 1);
  });

  it('is unknown when the commit goes unanswered until the deadline, and again for the same key meanwhile', async () => {
    await requireStandby('nobody');
    const key = randomUUID();
    try {
      const answer = post(key);
      await eventually('the commit to wait for a standby', commitsWaiting);
      const again = post(key);
      assert.deepEqual(await answer, { status: 503, error: 'commit-unanswered', outcome: UNKNOWN, header: UNKNOWN });
      const { outcome, error } = await again;
      assert.deepEqual([outcome, error], [UNKNOWN, 'write-in-progress']);
    } finally {
      await requireStandby('');
    }
    assert.equal((await post(key)).status, 201);
    assert.equal(await photosOf(key), 1);
  });

  it('is unknown when the wait for the standby is cancelled, although PostgreSQL reports success', async () => {
    await requireStandby('nobody');
    try {
      const answer = post();
      await eventually('the commit to wait for a standby', commitsWaiting);
      await database.query("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'");
      assert.deepEqual((await answer).outcome, UNKNOWN);
    } finally {
      await requireStandby('');
    }
  });

  it('is not-applied when the way to the database falls silent, and writes go on when it is back', async () => {
    relay.silence();
    const [first, second] = await Promise.all([post(), post()]);
    for (const { status, outcome } of [first!, second!]) assert.deepEqual([status, outcome], [503, NOT_APPLIED]);
    relay.restore();
    assert.equal((await post()).status, 201);
  });

  it('is ok, on a fresh connection, when all old ones have fallen silent', async () => {
    await Promise.all(Array.from({ length: 5 }, () => post()));
    relay.silence();
    // New connections pass from here on; the idle ones stay silent.
    relay.letNewPass();
    for (let write = 0; write < 5; write += 1) assert.equal((await post()).status, 201);
  });

  it('is ok after connections were cut, by a second try on a fresh one', async () => {
    await post();
    relay.cut();
    assert.equal((await post()).status, 201);
  });

  it('is not-applied while the database takes no writes', async () => {
    await database.query('ALTER ROLE photos SET default_transaction_read_only = on');
    relay.cut();
    try {
      assert.deepEqual(await post(), {
        status: 503,
        error: 'database-read-only',
        outcome: NOT_APPLIED,
        header: NOT_APPLIED,
      });
    } finally {
      await database.query('ALTER ROLE photos RESET default_transaction_read_only');
      relay.cut();
    }
  });

  it('leaves sessions undecided, not refused, while nobody can look them up', async () => {
    await cache.flush();
    await database.kill();
    const { status, json } = await web.get('/api/session', user);
    assert.deepEqual([status, json.error], [503, 'database-unavailable']);
    assert.equal((await web.get('/healthz')).status, 200);
    await database.restart();
    assert.equal((await web.get('/api/session', user)).status, 200);
  });

  it('is not-applied when a request comes around the load balancer', async () => {
    const behind = await TestWebServer.start({
      cachePort: cache.port,
      writePort: relay.port,
      readPort: relay.port,
      environment: { ENTRY_TOKEN: 'through-the-front' },
    });
    try {
      const account = (headers: Record<string, string>) =>
        behind.post('/api/accounts', { id: randomUUID(), name: 'n', password: 'p' }, { headers });
      for (const headers of [{}, { 'x-entry-token': 'through-the-back' }]) {
        const refused = await account(headers);
        const expected = { error: 'not-through-the-load-balancer', outcome: NOT_APPLIED };
        assert.deepEqual([refused.status, refused.json], [403, expected]);
      }
      assert.equal((await account({ 'x-entry-token': 'through-the-front' })).status, 201);
      for (const path of ['/healthz', '/metrics']) assert.equal((await behind.get(path)).status, 200);
    } finally {
      await behind.stop();
    }
  });

  it('is not-applied at once when too many requests are in flight', async () => {
    const small = await TestWebServer.start({
      cachePort: cache.port,
      writePort: relay.port,
      readPort: relay.port,
      environment: { MAX_IN_FLIGHT: '3' },
    });
    try {
      relay.silence();
      const account = () => small.post('/api/accounts', { id: randomUUID(), name: 'n', password: 'p' });
      const waiting = [account(), account(), account()];
      await eventually('three requests in flight', async () =>
        /^http_requests_in_flight 3$/m.test((await small.get('/metrics')).text) ? true : undefined,
      );
      const secondsInFlight = async () => {
        const { text } = await small.get('/metrics');
        assert.match(text, /^http_requests_in_flight_max 3$/m);
        return Number(/^http_requests_in_flight_seconds_total (\S+)$/m.exec(text)?.[1]);
      };
      const [fromMs, before] = [performance.now(), await secondsInFlight()];
      const refused = await account();
      assert.deepEqual([refused.status, refused.json], [503, { error: 'overloaded', outcome: NOT_APPLIED }]);
      assert.equal((await small.get('/healthz')).status, 200);
      await eventually('a fifth of a second', () => (performance.now() - fromMs > 200 ? true : undefined));
      const perSecond = ((await secondsInFlight()) - before) / ((performance.now() - fromMs) / 1000);
      assert.ok(perSecond > 2 && perSecond < 4, `${perSecond} in flight on average`);
      relay.restore();
      await Promise.all(waiting);
      assert.equal((await account()).status, 201);
    } finally {
      await small.stop();
    }
  });
});
