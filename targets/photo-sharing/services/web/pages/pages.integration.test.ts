import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { PostgreSql } from '../../testing/postgresql.ts';
import { RedisServer } from '../../testing/redis.ts';
import { PIXEL, type TestAnswer, TestWebServer } from '../../testing/web-server.ts';

describe('the pages of the photo site', function () {
  this.timeout(60_000);
  let database: PostgreSql;
  let cache: RedisServer;
  let web: TestWebServer;

  before(async () => {
    [database, cache] = await Promise.all([PostgreSql.start('db.us-west'), RedisServer.start()]);
    web = await TestWebServer.start({ cachePort: cache.port, writePort: database.port, readPort: database.port });
    await web.newUser('ann');
  });

  after(async () => {
    await Promise.allSettled([web?.stop(), cache?.kill(), database?.remove()]);
  });

  const logIn = async () => {
    const writeId = hiddenKey((await web.get('/')).text);
    return await web.send('POST', '/login', { form: { writeId, userId: 'ann', password: 'secret' } });
  };

  it('lead from the log-in over a new photo to a like, and out again', async () => {
    const loggedIn = await logIn();
    assert.deepEqual([loggedIn.status, loggedIn.headers.get('location')], [303, '/']);
    const cookies = cookiesOf(loggedIn);
    const headers = { cookie: cookies };

    const feed = await web.get('/', { headers });
    assert.match(feed.text, /Nothing here yet/);
    const form = { writeId: hiddenKey(feed.text), caption: 'Cats & <dogs>', image: '' };
    const posted = await web.send('POST', '/photos', { headers, form });
    assert.deepEqual([posted.status, posted.headers.get('x-written-by')], [303, 'db.us-west']);
    assert.match(cookiesOf(posted), /^position=[0-9A-F]+\/[0-9A-F]+$/);
    const path = posted.headers.get('location') ?? '';
    assert.equal(path, `/photos/photo-${form.writeId}`);
    assert.equal((await web.send('POST', '/photos', { headers, form })).headers.get('location'), path);

    const photo = await web.get(path, { headers: { cookie: `${cookies}; ${cookiesOf(posted)}` } });
    assert.equal(photo.status, 200);
    assert.match(photo.text, /<p>Cats &#38; &#60;dogs&#62;<\/p>/);
    for (const [, asset] of photo.text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)) {
      assert.equal((await web.get(asset!)).status, 200, asset);
    }
    const like = { writeId: hiddenKey(photo.text.slice(photo.text.indexOf('/likes'))) };
    assert.equal((await web.send('POST', `${path}/likes`, { headers, form: like })).status, 303);
    assert.match((await web.get(path, { headers })).text, /<span data-likes>1<\/span> like/);

    const out = await web.send('POST', '/logout', { headers, form: { writeId: hiddenKey(photo.text) } });
    assert.match(out.headers.getSetCookie().join(), /session=; Max-Age=0/);
    const again = await web.get('/', { headers });
    assert.equal(again.status, 401);
    assert.match(again.text, /Please log in/);
  });

  it('take a picture of the visitor', async () => {
    const headers = { cookie: cookiesOf(await logIn()) };
    const form = { writeId: 'picture', caption: 'Pixel', image: PIXEL };
    await web.send('POST', '/photos', { headers, form });
    const page = await web.get('/photos/photo-picture', { headers });
    const source = /<img src="(?<url>[^"]+)"/.exec(page.text)?.groups?.url;
    assert.equal((await web.get(source ?? '')).headers.get('content-type'), 'image/png');
  });

  it('say in words what went wrong', async () => {
    const wrong = await web.send('POST', '/login', { form: { writeId: 'w', userId: 'ann', password: 'no' } });
    assert.equal(wrong.status, 401);
    assert.match(wrong.text, /User and password do not fit/);
    const headers = { cookie: cookiesOf(await logIn()) };
    const missing = await web.get('/photos/none', { headers });
    assert.deepEqual([missing.status, missing.headers.get('x-outcome')], [404, 'not-applied']);
    assert.match(missing.text, /There is nothing here/);
    await database.kill();
    const failed = await web.send('POST', '/photos', { headers, form: { writeId: 'x', caption: 'x', image: '' } });
    assert.deepEqual([failed.status, failed.headers.get('x-outcome')], [503, 'not-applied']);
    assert.match(failed.text, /Nothing was changed/);
    await database.restart();
  });
});

function hiddenKey(text: string): string {
  return /name="writeId" value="(?<key>[^"]+)"/.exec(text)?.groups?.key ?? '';
}

function cookiesOf(answer: TestAnswer): string {
  return answer.headers
    .getSetCookie()
    .map((each) => each.split(';')[0])
    .join('; ');
}
