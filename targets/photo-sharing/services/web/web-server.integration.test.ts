import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'mocha';
import { eventually } from '../testing/poll.ts';
import { PostgreSql } from '../testing/postgresql.ts';
import { RedisServer } from '../testing/redis.ts';
import { PIXEL, TestWebServer } from '../testing/web-server.ts';

describe('the photo site', function () {
  this.timeout(60_000);
  let database: PostgreSql;
  let cache: RedisServer;
  let first: TestWebServer;
  let second: TestWebServer;
  const start = (name: string, environment: Record<string, string> = {}) =>
    TestWebServer.start({
      name,
      cachePort: cache.port,
      writePort: database.port,
      readPort: database.port,
      environment,
    });

  before(async () => {
    [database, cache] = await Promise.all([PostgreSql.start('db.us-west'), RedisServer.start()]);
    [first, second] = await Promise.all([start('web-1.us-east'), start('web-2.us-east')]);
  });

  after(async () => {
    await Promise.allSettled([first?.stop(), second?.stop(), cache?.kill(), database?.remove()]);
  });

  it('lets a user make an account, log in, post, like, follow and read the feed', async () => {
    const ann = await first.newUser('ann');
    const bob = await second.newUser('bob');
    const posted = await first.post('/api/photos', { id: 'sunset', caption: 'Sunset', image: PIXEL }, ann);
    assert.equal(posted.status, 201);
    assert.deepEqual(
      { id: posted.json.id, writtenBy: posted.json.writtenBy, epoch: posted.json.epoch },
      { id: 'sunset', writtenBy: 'db.us-west', epoch: 7 },
    );
    assert.equal(posted.headers.get('x-served-by'), 'web-1.us-east');
    assert.equal(posted.headers.get('x-zone'), 'us-east');
    assert.match(posted.headers.get('x-position') ?? '', /^[0-9A-F]+\/[0-9A-F]+$/);

    assert.equal((await second.post('/api/photos/sunset/likes', { id: 'like-1' }, bob)).status, 201);
    assert.equal((await second.post('/api/photos/sunset/likes', { id: 'like-2' }, bob)).status, 201);
    assert.equal((await second.post('/api/users/ann/follows', { id: 'follow-1' }, bob)).status, 201);
    const feed = await second.get('/api/feed', bob);
    assert.equal(feed.headers.get('x-read-from'), 'db.us-west');
    assert.equal(feed.headers.get('x-staleness-ms'), null);
    const photo = feed.json.photos![0]!;
    assert.deepEqual([photo.id, photo.userName, photo.likes], ['sunset', 'ANN', 1]);
    assert.deepEqual((await first.get('/api/users/ann', bob)).json, {
      id: 'ann',
      name: 'ANN',
      photos: 1,
      followers: 1,
      following: 0,
    });
    const image = await fetch(first.url + photo.imageUrl);
    assert.equal(image.headers.get('content-type'), 'image/png');
    assert.equal(image.headers.get('cache-control'), 'public, max-age=31536000, immutable');
    assert.equal(Buffer.from(await image.arrayBuffer()).toString('base64'), PIXEL);
  });

  it('changes captions and names of their owner only', async () => {
    const [carol, dave] = await Promise.all([first.newUser('carol'), first.newUser('dave')]);
    await first.post('/api/photos', { id: 'cat', caption: 'Cat', image: PIXEL }, carol);
    const changed = await first.send('PUT', '/api/photos/cat', { ...carol, json: { caption: 'My cat' } });
    assert.equal(changed.status, 200);
    assert.equal((await first.get('/api/photos/cat', dave)).json.caption, 'My cat');
    const refused = await first.send('PUT', '/api/photos/cat', { ...dave, json: { caption: 'No' } });
    assert.deepEqual([refused.status, refused.json], [404, { error: 'no-such-photo', outcome: 'not-applied' }]);
    await first.send('PUT', '/api/profile', { ...carol, json: { name: 'Carol C.' } });
    assert.equal((await second.get('/api/users/carol', dave)).json.name, 'Carol C.');
  });

  it('answers what cannot be done with 400, 401, 404 or 409, and nothing applied', async () => {
    const erin = await first.newUser('erin');
    await first.post('/api/photos', { id: 'taken', caption: '', image: PIXEL }, erin);
    const cases: [Promise<{ status: number; json: unknown }>, number, string][] = [
      [first.post('/api/photos', { id: 'taken', caption: '', image: PIXEL }, erin), 409, 'photo-exists'],
      [first.post('/api/photos', { id: 'x', caption: '', image: 'AAAA' }, erin), 400, 'image-neither-png-nor-jpeg'],
      [first.post('/api/photos', { id: 'x', caption: '', image: PIXEL }), 401, 'not-logged-in'],
      [first.post('/api/photos/none/likes', { id: 'x' }, erin), 404, 'no-such-photo'],
      [first.post('/api/users/none/follows', { id: 'x' }, erin), 404, 'no-such-user'],
      [first.post('/api/accounts', { id: 'erin', name: 'E', password: 'p' }), 409, 'account-exists'],
      [first.post('/api/sessions', { userId: 'erin', password: 'wrong' }), 401, 'wrong-credentials'],
      [first.post('/api/sessions', { userId: 'nobody', password: 'p' }), 401, 'wrong-credentials'],
      [
        first.post('/api/sessions', { userId: 'erin', password: 'secret' }, { key: '' }),
        400,
        'idempotency-key-missing',
      ],
      [first.get('/api/photos/none', erin), 404, 'no-such-photo'],
      [first.get('/api/feed', { ...erin, position: 'soon' }), 400, 'read-position-malformed'],
      [first.get('/api/feed', { session: 'forged' }), 401, 'not-logged-in'],
      [first.get('/api/nothing'), 404, 'no-such-page'],
    ];
    for (const [answer, status, error] of cases) {
      const { status: seen, json } = await answer;
      assert.deepEqual([seen, json], [status, { error, outcome: 'not-applied' }]);
    }
    const malformed = await first.post('/api/accounts', { id: 'no spaces', name: 'x', password: 'p' });
    assert.deepEqual([malformed.status, malformed.json.error], [400, 'request-malformed']);
  });

  it('keeps a session on any web server, and when the cache forgets or dies', async () => {
    const fay = await first.newUser('fay');
    assert.deepEqual((await second.get('/api/session', fay)).json, { userId: 'fay' });
    await cache.flush();
    assert.deepEqual((await first.get('/api/session', fay)).json, { userId: 'fay' });
    await cache.kill();
    assert.equal((await first.get('/api/session', fay)).status, 200);
    const late = await second.newUser('late');
    assert.equal((await first.get('/api/session', late)).status, 200);
    await cache.restart();
  });

  it('goes on when the cache falls silent', async () => {
    const gus = await first.newUser('gus');
    cache.pause();
    try {
      assert.equal((await first.get('/api/session', gus)).status, 200);
    } finally {
      cache.resume();
    }
  });

  it('ends a session for every web server, once', async () => {
    const hal = await first.newUser('hal');
    const key = randomUUID();
    assert.equal((await second.send('DELETE', '/api/sessions', { ...hal, key })).status, 204);
    assert.equal((await first.get('/api/session', hal)).status, 401);
    assert.equal((await first.send('DELETE', '/api/sessions', { ...hal, key })).status, 204);
    assert.equal((await first.send('DELETE', '/api/sessions', hal)).status, 401);
  });

  it('gives a write that is sent again its first answer, and one effect', async () => {
    const ida = await first.newUser('ida');
    const write = { ...ida, key: randomUUID() };
    const body = { id: 'once', caption: 'first', image: PIXEL };
    const answers = await Promise.all([
      first.post('/api/photos', body, write),
      second.post('/api/photos', body, write),
      second.post('/api/photos', { ...body, caption: 'second' }, write),
    ]);
    for (const answer of answers) assert.deepEqual([answer.status, answer.json], [201, answers[0]!.json]);
    const rows = await database.query<{ replays: number }>('SELECT replays FROM writes WHERE write_id = $1', [
      write.key,
    ]);
    assert.deepEqual(rows, [{ replays: 2 }]);
    const reused = await first.post('/api/photos', { ...body, id: 'other' }, write);
    assert.deepEqual([reused.status, reused.json.error], [409, 'idempotency-key-reused']);

    const logIn = { key: randomUUID() };
    const sessions = await Promise.all([
      first.post('/api/sessions', { userId: 'ida', password: 'secret' }, logIn),
      second.post('/api/sessions', { userId: 'ida', password: 'secret' }, logIn),
    ]);
    assert.equal(sessions[0]!.json.session, sessions[1]!.json.session);
    assert.equal((await first.get('/api/session', { session: sessions[1]?.json.session })).status, 200);
  });

  it('tells which writes are there, with their node and epoch', async () => {
    const jo = await first.newUser('jo');
    await first.post('/api/photos', { id: 'kept', caption: '', image: PIXEL }, { ...jo, key: 'kept-key' });
    await first.post('/api/photos', { id: 'gone', caption: '', image: PIXEL }, { ...jo, key: 'gone-key' });
    await database.query("DELETE FROM photos WHERE id = 'gone'");
    const { json } = await first.get('/api/writes?ids=kept-key,gone-key,never-key&read=primary');
    const entry = { kind: 'photo', writtenBy: 'db.us-west', epoch: 7 };
    assert.deepEqual(
      json.writes!.sort((a, b) => (a.writeId < b.writeId ? 1 : -1)),
      [
        { writeId: 'kept-key', subjectId: 'kept', present: true, ...entry },
        { writeId: 'gone-key', subjectId: 'gone', present: false, ...entry },
      ],
    );
  });

  it('counts requests by route and status, but not those of machines', async () => {
    const lou = await first.newUser('lou');
    await first.get('/api/feed', lou);
    await first.get('/healthz');
    const { text } = await first.get('/metrics');
    assert.match(text, /http_requests_total\{route="\/api\/photos",method="POST",status="201"\} \d+/);
    assert.match(
      text,
      /http_request_duration_seconds_bucket\{le="0.1",route="\/api\/feed",method="GET",status="200"\}/,
    );
    assert.match(text, /writes_total\{kind="photo",outcome="committed"\} \d+/);
    assert.match(text, /^http_requests_in_flight 0$/m);
    assert.doesNotMatch(text, /route="\/(healthz|metrics)"/);
  });

  it('finishes and leaves with code 0 on SIGTERM, after its health check has failed', async () => {
    const third = await start('web-3.us-east');
    await third.get('/api/session');
    third.program.signal('SIGTERM');
    await eventually('the health check to fail', async () =>
      (await third.get('/healthz')).status === 503 ? true : undefined,
    );
    assert.equal((await third.get('/api/session')).status, 401);
    assert.equal(await third.program.exited, 0);
  });

  it('with sessions in memory knows each on one web server only', async () => {
    const inMemory = { SESSIONS: 'memory' };
    const servers = await Promise.all([start('web-4.us-east', inMemory), start('web-5.us-east', inMemory)]);
    try {
      const kim = await servers[0]!.newUser('kim');
      assert.equal((await servers[0]!.get('/api/session', kim)).status, 200);
      assert.equal((await servers[1]!.get('/api/session', kim)).status, 401);
    } finally {
      await Promise.all(servers.map((each) => each.stop()));
    }
  });
});
