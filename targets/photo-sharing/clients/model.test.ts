import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { seededRandom } from '../../../harness/base/random.ts';
import {
  AS_PLANNED,
  type ClientHttp,
  type ClientRequest,
  type ClientResponse,
  type ClientState,
  type ClientUser,
  type OperationConditions,
} from '../../../harness/model/workload.ts';
import clients from './model.ts';
import { randomPicture } from './picture.ts';

const OK: ClientResponse = { status: 200, headers: {}, cookies: [], body: '{}', maybeSent: true };

/** Answers by method and path prefix, the longest that fits; keeps what was asked. */
function site(answers: Record<string, Partial<ClientResponse>>) {
  const requests: ClientRequest[] = [];
  const shown = { requests, answers, fail: (_: ClientRequest): boolean => false };
  const http: ClientHttp = {
    writeId: 'w1',
    async request(request) {
      requests.push(request);
      if (shown.fail(request)) return { ...OK, status: 0, error: 'timeout', datacenter: 'edge' };
      const key = Object.keys(answers)
        .filter((prefix) => `${request.method} ${request.path}`.startsWith(prefix))
        .sort((a, b) => b.length - a.length)[0];
      return { ...OK, ...(key === undefined ? { status: 599, error: 'not foreseen' } : answers[key]) };
    },
  };
  return Object.assign(shown, { http });
}

const MOBILE_SITE = {
  'POST /api/accounts': { status: 201 },
  'POST /api/sessions': { status: 201, body: '{"session":"token-1"}', headers: { 'x-position': '0/10' } },
  'POST /api/photos': { status: 201, headers: { 'x-position': '0/20' } },
  'GET /api/feed': { body: '{"photos":[]}' },
};
const WEB_SITE = {
  'POST /api/accounts': { status: 409 },
  'POST /login': { status: 303, cookies: ['session=token-2; Path=/; HttpOnly', 'position=0/10; Path=/'] },
  'POST /photos': { status: 303, cookies: ['position=0/20; Path=/'] },
  'GET /': { body: '<!doctype html>' },
};

const user = (client: ClientUser['client']): ClientUser => ({
  id: `${client}-1`,
  region: 'us-east',
  client,
  process: 0,
});
const random = () => seededRandom(1);

describe('Clients of the photo site', () => {
  const opened = async (client: ClientUser['client'], answers: Record<string, Partial<ClientResponse>>) => {
    const shown = site({ ...answers });
    const state = await clients.open(user(client), shown.http, random());
    const perform = (operation: string, conditions: Partial<OperationConditions> = {}) =>
      clients.perform(operation, state, shown.http, random(), { ...AS_PLANNED, newSessionShare: 0, ...conditions });
    return Object.assign(shown, { state, perform });
  };
  const lastOf = (requests: readonly ClientRequest[]) => requests.at(-1)!;

  it('read four times as often as they write', () => {
    for (const client of ['web', 'mobile'] as const) {
      const weightOf = (kind: string) =>
        clients.operations
          .filter((operation) => operation.class === kind)
          .reduce((sum, { weight }) => sum + weight[client], 0);
      const share = weightOf('read') / (weightOf('read') + weightOf('write'));
      assert.ok(share >= 0.78 && share <= 0.84, `${client}: ${share}`);
    }
  });

  it('open with an account, a session, a first photo and a look at the feed, each write under a key of its own', async () => {
    const { requests } = await opened('mobile', MOBILE_SITE);
    assert.deepEqual(
      requests.map(({ method, path, headers }) => [method, path, headers?.['idempotency-key']]),
      [
        ['POST', '/api/accounts', 'w1-account'],
        ['POST', '/api/sessions', 'w1-log-in'],
        ['POST', '/api/photos', 'w1-photo'],
        ['GET', '/api/feed', undefined],
      ],
    );
  });

  it('open when the account exists already, and fail to open when a step does', async () => {
    await opened('web', WEB_SITE);
    await assert.rejects(opened('mobile', { ...MOBILE_SITE, 'POST /api/sessions': { status: 503, body: 'no' } }), {
      message: 'log-in: http-503 no',
    });
    const unanswered = { status: 0, error: 'timeout' };
    await assert.rejects(opened('mobile', { ...MOBILE_SITE, 'POST /api/photos': unanswered }), {
      message: 'first photo: timeout',
    });
  });

  it('tell the site where they have last written: the app by a header, browsers by a cookie', async () => {
    const mobile = await opened('mobile', { ...MOBILE_SITE, 'GET /api/session': {} });
    assert.equal((await mobile.perform('check-session')).outcome, 'ok');
    const expected = { authorization: 'Bearer token-1', 'x-read-position': '0/20' };
    assert.deepEqual(lastOf(mobile.requests).headers, expected);

    const web = await opened('web', { ...WEB_SITE, 'GET /': { body: '<!doctype html>' } });
    assert.equal((await web.perform('view-feed')).outcome, 'ok');
    assert.deepEqual(lastOf(web.requests).headers, { cookie: 'session=token-2; position=0/20' });
  });

  it('load a page with its assets, each asset once', async () => {
    const page = '<link href="/assets/a.css"><article data-photo="p9"><img src="/assets/b.png"></article>';
    const { requests, answers, perform } = await opened('web', { ...WEB_SITE, 'GET /assets': {} });
    answers['GET /'] = { body: page };
    const before = requests.length;
    await perform('view-feed');
    const result = await perform('view-feed');
    assert.deepEqual(
      requests
        .slice(before)
        .map(({ path }) => path)
        .sort(),
      ['/', '/', '/assets/a.css', '/assets/b.png'],
    );
    assert.deepEqual([result.outcome, result.key, result.value], ['ok', 'feed:web-1', 1]);
  });

  describe('with a content delivery network', () => {
    const CDN = 'http://cdn.photos.example';
    const PAGE = `<link href="${CDN}/assets/a.css" data-fallback="/assets/a.css" onerror="x"><img src="/assets/b.png">`;
    const FEED = JSON.stringify({
      photos: [{ id: 'p1', imageUrl: `${CDN}/assets/c.png`, imageFallbackUrl: '/assets/c.png' }],
    });
    const shownOf = (requests: readonly ClientRequest[]) =>
      requests.filter(({ path }) => path.startsWith('/assets')).map(({ host = '', path }) => `${host}${path}`);
    const web = { ...WEB_SITE, 'GET /assets': {} };
    const mobile = { ...MOBILE_SITE, 'GET /assets': {} };

    it('ask it for what the site says is there, tell it nothing of themselves, and do not wait long', async () => {
      const { requests, answers, perform } = await opened('web', web);
      answers['GET /'] = { body: PAGE };
      const { outcome, cdn } = await perform('view-feed');
      assert.deepEqual([outcome, cdn], ['ok', { asked: 1, failed: 0 }]);
      assert.deepEqual(shownOf(requests), ['cdn.photos.example/assets/a.css', '/assets/b.png']);
      const { headers, timeoutMs } = requests.find(({ host }) => host !== undefined)!;
      assert.deepEqual([headers, timeoutMs], [undefined, 600]);
      assert.equal((await perform('view-feed')).cdn, undefined, 'all is cached');
    });

    for (const client of ['web', 'mobile'] as const) {
      it(`turn to the site for what it does not give: ${client} clients`, async () => {
        const shown = await opened(client, { web, mobile }[client]);
        shown.answers['GET /'] = { body: PAGE.replace(/<img.*/, '') };
        shown.answers['GET /api/feed'] = { body: FEED };
        shown.fail = ({ host }) => host !== undefined;
        const { outcome, cdn } = await shown.perform('view-feed');
        assert.deepEqual([outcome, cdn], ['ok', { asked: 1, failed: 1 }]);
        const path = client === 'web' ? '/assets/a.css' : '/assets/c.png';
        assert.deepEqual(shownOf(shown.requests), [`cdn.photos.example${path}`, path]);
        // A browser that sees the page again asks there again; the app knows what it has.
        assert.deepEqual((await shown.perform('view-feed')).cdn?.failed, client === 'web' ? 1 : undefined);
        assert.equal(shownOf(shown.requests).length, client === 'web' ? 3 : 2);
      });
    }

    it('fail when neither has it, or the site does not say where else it is', async () => {
      const shown = await opened('web', web);
      shown.answers['GET /'] = { body: PAGE };
      shown.fail = ({ path }) => path.startsWith('/assets/a');
      const neither = await shown.perform('view-feed');
      assert.deepEqual([neither.outcome, neither.error, neither.cdn], ['fail', 'timeout', { asked: 1, failed: 1 }]);
      shown.answers['GET /'] = { body: PAGE.replace(/ data-fallback="[^"]*"/, '') };
      const { outcome, error, datacenter } = await shown.perform('view-feed');
      assert.deepEqual([outcome, error, datacenter], ['fail', 'cdn: timeout', undefined]);
    });
  });

  it('take a page whose image does not come for a failure', async () => {
    const { answers, perform } = await opened('web', { 'GET /assets': { status: 0, error: 'timeout' }, ...WEB_SITE });
    answers['GET /'] = { body: '<img src="/assets/b.png">' };
    const { outcome, error } = await perform('view-feed');
    assert.deepEqual([outcome, error], ['fail', 'timeout']);
  });

  it('call a known photo that is not found missing, and do not ask for it for ever', async () => {
    const { state, perform } = await opened('mobile', { ...MOBILE_SITE, 'GET /api/photos': { status: 404 } });
    await perform('upload-photo');
    assert.equal((state.ownPhotos as string[]).length, 2);
    const { outcome, error } = await perform('view-photo');
    assert.deepEqual([outcome, error], ['fail', 'missing']);
    assert.equal((state.ownPhotos as string[]).length, 1);
  });

  it('notice once that they were logged out, and log in again before the next operation', async () => {
    const shown = await opened('mobile', { ...MOBILE_SITE, 'GET /api/session': { status: 401 } });
    const refused = await shown.perform('check-session');
    assert.deepEqual([refused.outcome, refused.loggedOut], ['fail', true]);
    shown.answers['GET /api/session'] = {};
    const before = shown.requests.length;
    assert.equal((await shown.perform('check-session')).outcome, 'ok');
    assert.deepEqual(
      shown.requests.slice(before).map(({ path }) => path),
      ['/api/sessions', '/api/session'],
    );
  });

  it('cannot do anything while they cannot log in, and nothing of it happened', async () => {
    const shown = await opened('mobile', { ...MOBILE_SITE, 'GET /api/session': { status: 401 } });
    await shown.perform('check-session');
    shown.answers['POST /api/sessions'] = { status: 503, body: '' };
    const { outcome, error, loggedOut } = await shown.perform('upload-photo');
    assert.deepEqual([outcome, error, loggedOut], ['fail', 'log-in: http-503', undefined]);
  });

  it('all look at one photo, like it and follow its owner when there is a celebrity', async () => {
    const celebrity = await opened('mobile', MOBILE_SITE);
    celebrity.state.ownPhotos = ['oldest', 'newest'];
    const fan = await opened('web', { ...WEB_SITE, 'GET /photos': {}, 'POST /photos/oldest': { status: 303 } });
    const change = { celebrityShare: 1 };
    assert.equal((await fan.perform('view-photo', change)).key, 'photo:oldest');
    assert.equal((await fan.perform('like', change)).key, 'likes:oldest');
    assert.equal((await fan.perform('view-photo')).key, 'photo:photo-w1-photo');
    const follower = await opened('mobile', { ...MOBILE_SITE, 'POST /api/users': { status: 201 } });
    assert.equal((await follower.perform('follow', change)).key, 'follows:mobile-1');
  });

  it('begin as many sessions anew as the load says, with nothing of the old one', async () => {
    const web = await opened('web', WEB_SITE);
    await web.perform('view-feed', { newSessionShare: 0 });
    assert.match(lastOf(web.requests).headers?.cookie ?? '', /session=token-2/);
    const before = web.requests.length;
    assert.equal((await web.perform('view-feed', { newSessionShare: 1 })).outcome, 'ok');
    const [logIn, page] = web.requests.slice(before);
    assert.equal(logIn?.path, '/login');
    assert.doesNotMatch(logIn?.headers?.cookie ?? '', /session=/);
    assert.match(page?.headers?.cookie ?? '', /session=token-2/);
    const mobile = await opened('mobile', MOBILE_SITE);
    await mobile.perform('check-session', { newSessionShare: 1 });
    assert.equal(mobile.requests.at(-2)?.headers?.authorization, undefined);
  });

  it('send writes under the id of the operation', async () => {
    const mobile = await opened('mobile', { ...MOBILE_SITE, 'PUT /api/profile': {} });
    const edited = await mobile.perform('edit-profile');
    assert.equal(lastOf(mobile.requests).headers?.['idempotency-key'], 'w1');
    assert.deepEqual([edited.key, edited.value], ['profile:mobile-1', 'Name of w1']);
    const web = await opened('web', WEB_SITE);
    await web.perform('upload-photo');
    const form = new URLSearchParams(lastOf(web.requests).body);
    assert.deepEqual([form.get('writeId'), form.get('id')], ['w1', 'photo-w1']);
  });

  it('remember a photo only when it was acknowledged', async () => {
    const shown = await opened('mobile', MOBILE_SITE);
    shown.answers['POST /api/photos'] = { status: 0, error: 'timeout', maybeSent: true };
    assert.equal((await shown.perform('upload-photo')).outcome, 'info');
    assert.deepEqual((shown.state as ClientState & { ownPhotos: string[] }).ownPhotos, ['photo-w1-photo']);
  });
});

describe('Pictures', () => {
  it('are PNG, and never alike', () => {
    const stream = random();
    const pictures = Array.from({ length: 50 }, () => randomPicture(stream));
    assert.ok(pictures.every((picture) => picture.subarray(1, 4).toString() === 'PNG' && picture.length < 400));
    assert.equal(new Set(pictures.map((picture) => picture.toString('hex'))).size, 50);
  });
});
