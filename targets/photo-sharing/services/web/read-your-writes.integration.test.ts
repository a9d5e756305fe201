import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { eventually } from '../testing/poll.ts';
import { PostgreSql } from '../testing/postgresql.ts';
import { RedisServer } from '../testing/redis.ts';
import { Relay } from '../testing/relay.ts';
import { PIXEL, TestWebServer } from '../testing/web-server.ts';

describe('reading from the nearest copy', function () {
  this.timeout(60_000);
  let primary: PostgreSql;
  let standby: PostgreSql;
  let cache: RedisServer;
  let relay: Relay;
  let web: TestWebServer;
  let user: { id: string; session: string };

  before(async () => {
    [primary, cache] = await Promise.all([PostgreSql.start('db.us-west'), RedisServer.start()]);
    standby = await primary.standby('db.us-east');
    relay = await Relay.to(standby.port);
    web = await TestWebServer.start({ cachePort: cache.port, writePort: primary.port, readPort: relay.port });
    user = await web.newUser('ann');
  });

  after(async () => {
    relay?.close();
    await Promise.allSettled([web?.stop(), cache?.kill(), standby?.remove(), primary?.remove()]);
  });

  const caughtUp = () => standby.caughtUpWith(primary);
  const read = async (position?: string) => {
    const { status, headers, json } = await web.get('/api/feed', { ...user, position });
    const staleness = headers.get('x-staleness-ms');
    return { status, from: headers.get('x-read-from'), staleness, photos: json.photos?.map(({ id }) => id) };
  };

  it('names the standby and how stale it may be', async () => {
    await caughtUp();
    const { from, staleness } = await read();
    assert.equal(from, 'db.us-east');
    assert.match(staleness ?? '', /^\d+$/);
  });

  it('waits a moment for the standby to replay what the client has written', async () => {
    const posted = await web.post('/api/photos', { id: 'soon', caption: '', image: PIXEL }, user);
    const { photos } = await read(posted.headers.get('x-position') ?? '');
    assert.deepEqual(photos, ['soon']);
  });

  it('reads a client its own write from the primary while the standby lags, and others the older state', async () => {
    await caughtUp();
    await standby.query('SELECT pg_wal_replay_pause()');
    try {
      const posted = await web.post('/api/photos', { id: 'new', caption: '', image: PIXEL }, user);
      const own = await read(posted.headers.get('x-position') ?? '');
      assert.deepEqual([own.from, own.photos], ['db.us-west', ['new', 'soon']]);
      const other = await read();
      assert.deepEqual([other.from, other.photos], ['db.us-east', ['soon']]);
      const asked = await web.get('/api/photos/new', user);
      assert.deepEqual([asked.status, asked.headers.get('x-read-from')], [200, 'db.us-west']);
    } finally {
      await standby.query('SELECT pg_wal_replay_resume()');
    }
  });

  it('knows a session on the primary that the standby has not heard of', async () => {
    await standby.query('SELECT pg_wal_replay_pause()');
    try {
      const late = await web.newUser('late');
      await cache.flush();
      assert.equal((await web.get('/api/session', late)).status, 200);
    } finally {
      await standby.query('SELECT pg_wal_replay_resume()');
    }
  });

  it('does not bring back a session that ended while the standby lagged', async () => {
    const gone = await web.newUser('gone');
    await caughtUp();
    await standby.query('SELECT pg_wal_replay_pause()');
    try {
      assert.equal((await web.send('DELETE', '/api/sessions', gone)).status, 204);
      assert.equal((await web.get('/api/session', gone)).status, 200, 'the standby has not heard of it');
    } finally {
      await standby.query('SELECT pg_wal_replay_resume()');
    }
    await caughtUp();
    assert.equal((await web.get('/api/session', gone)).status, 401);
  });

  it('goes to the primary when the standby falls silent, and then leaves it alone for a while', async () => {
    relay.silence();
    try {
      await eventually('reads to leave the standby alone', async () => {
        assert.equal((await read()).from, 'db.us-west');
        const { text } = await web.get('/metrics');
        return /sql_read_fallbacks_total\{reason="avoided"\} [1-9]/.test(text) ? true : undefined;
      });
    } finally {
      relay.restore();
    }
    await eventually('the standby to be read again', async () =>
      (await read()).from === 'db.us-east' ? true : undefined,
    );
  });

  it('asks the primary alone when told to', async () => {
    const { headers } = await web.get('/api/writes?ids=x&read=primary');
    assert.equal(headers.get('x-read-from'), 'db.us-west');
  });

  it('goes on reading from the standby when the primary is dead', async () => {
    await primary.kill();
    const { status, from } = await read();
    assert.deepEqual([status, from], [200, 'db.us-east']);
    assert.equal((await web.get('/api/photos/never', user)).status, 503);
  });

  it('says that a standby without its primary grows older', async () => {
    const before = Number((await read()).staleness);
    await eventually('the staleness to grow', async () =>
      Number((await read()).staleness) > before + 300 ? true : undefined,
    );
  });
});
