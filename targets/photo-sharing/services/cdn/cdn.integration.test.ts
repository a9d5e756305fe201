import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'mocha';
import { TestCdn } from '../testing/cdn.ts';
import { eventually } from '../testing/poll.ts';
import { startService } from '../testing/service.ts';

const STYLE = '/assets/style.css';
const PHOTO = '/assets/photo.png';
/** No test waits for it. */
const LONG_S = 600;

/** An origin that gives each asset with the number of the request for it, as long as it is up. */
class Origin {
  readonly server: Server;
  readonly requests: { path: string; host: string; cookie: string | undefined }[] = [];
  mood: 'answers' | 'fails' | 'is silent' = 'answers';

  constructor() {
    this.server = createServer((request, response) => {
      const { url: path = '', headers } = request;
      this.requests.push({ path, host: String(headers.host), cookie: headers.cookie });
      if (this.mood === 'is silent') return;
      if (this.mood === 'fails') return void response.writeHead(503).end('out of order');
      if (path.includes('missing')) {
        response.statusCode = 404;
        return void response.end('nothing here');
      }
      response.setHeader('x-served-by', 'web-1').setHeader('cache-control', 'no-store').setHeader('set-cookie', 'a=b');
      response.end(`${path} ${this.requests.length}`);
    });
  }

  async listen(): Promise<number> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return (this.server.address() as AddressInfo).port;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

describe('the edge of the content delivery network', function () {
  this.timeout(60_000);
  let near: Origin;
  let far: Origin;
  let ports: { near: number; far: number };
  let cdn: TestCdn | undefined;

  before(async () => {
    near = new Origin();
    far = new Origin();
    ports = { near: await near.listen(), far: await far.listen() };
  });

  afterEach(async () => {
    await cdn?.remove();
    cdn = undefined;
    for (const origin of [near, far]) {
      origin.mood = 'answers';
      origin.requests.length = 0;
    }
  });

  after(() => {
    near?.close();
    far?.close();
  });

  const start = async ({ ttlSeconds = LONG_S, staleOnError = true, origins = [ports.near] } = {}, folder?: string) => {
    const options = {
      ...{ originName: 'photos.example', ttlSeconds, staleOnError },
      origins: origins.map((port) => ({ host: '127.0.0.1', port })),
    };
    cdn = await TestCdn.start(options, folder);
    return cdn;
  };
  const get = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`http://${cdn!.host}${path}`, init);
    return { status: response.status, cache: response.headers.get('x-cache'), text: await response.text(), response };
  };
  const metric = async (series: string) => await cdn!.metric(series);
  /** The log comes through a pipe: what was answered is counted a moment later. */
  const untilCounted = (series: string, count: number) =>
    eventually(`${series} to be ${count}`, async () => ((await metric(series)) === count ? true : undefined));

  it('asks the origin once for what many want, whoever they are, and keeps nothing of who was first', async () => {
    await start();
    const first = await Promise.all(
      Array.from({ length: 5 }, () => get(STYLE, { headers: { cookie: 'session=secret', authorization: 'x' } })),
    );
    assert.deepEqual([...new Set(first.map(({ text }) => text))], [`${STYLE} 1`]);
    const second = await get(`${STYLE}?another=way`);
    assert.deepEqual([second.status, second.cache, second.text], [200, 'HIT', `${STYLE} 1`]);
    assert.deepEqual(near.requests, [{ path: STYLE, host: 'photos.example', cookie: undefined }]);
    assert.deepEqual(
      ['x-served-by', 'set-cookie'].map((name) => second.response.headers.get(name)),
      [null, null],
    );
  });

  it('counts hits, misses and what each asset costs', async () => {
    await start();
    for (const path of [STYLE, STYLE, STYLE, PHOTO]) await get(path);
    await get('/assets/missing.png');
    await untilCounted('cdn_requests_total{cache="miss",status="404"}', 1);
    assert.equal(await metric('cdn_requests_total{cache="hit",status="200"}'), 2);
    assert.equal(await metric('cdn_requests_total{cache="miss",status="200"}'), 2);
    assert.equal(await metric('cdn_requests_total{cache="stale",status="200"}'), 0);
    assert.equal(await metric('cdn_origin_requests_total{outcome="answered"}'), 3);
    const [style, photo, missing] = [`${STYLE} 1`.length * 3, `${PHOTO} 2`.length, 'nothing here'.length];
    assert.equal(await metric(`cdn_asset_egress_bytes{asset="${STYLE}"}`), style);
    assert.equal(await metric('cdn_asset_egress_bytes{asset="other"}'), missing);
    assert.equal(await metric('cdn_egress_bytes_total'), style + photo + missing);
    assert.deepEqual(await (await fetch(`${cdn!.agentUrl}/assets`)).json(), {
      assets: [
        { path: STYLE, requests: 3, bytes: style },
        { path: PHOTO, requests: 1, bytes: photo },
      ],
      otherBytes: missing,
    });
  });

  it('asks again for what has expired', async () => {
    await start({ ttlSeconds: 1 });
    await get(STYLE);
    await eventually('the copy to expire', async () => ((await get(STYLE)).cache === 'EXPIRED' ? true : undefined));
    assert.deepEqual([(await get(STYLE)).text, near.requests.length], [`${STYLE} 2`, 2]);
  });

  for (const mood of ['fails', 'is silent'] as const) {
    it(`goes on with what it has when the origin ${mood}, and has nothing new to give`, async () => {
      await start({ ttlSeconds: 1 });
      await get(STYLE);
      near.mood = mood;
      await eventually('the copy to expire', async () => ((await get(STYLE)).cache === 'STALE' ? true : undefined));
      const stale = await get(STYLE);
      assert.deepEqual([stale.status, stale.text], [200, `${STYLE} 1`]);
      assert.ok((await get(PHOTO)).status >= 500);
      await eventually('the failures to be counted', async () =>
        (await metric('cdn_origin_requests_total{outcome="failed"}')) >= 3 ? true : undefined,
      );
      assert.ok((await metric('cdn_requests_total{cache="stale",status="200"}')) >= 2);
      near.mood = 'answers';
      await eventually('a new copy', async () => ((await get(STYLE)).text === `${STYLE} 1` ? undefined : true));
    });
  }

  it('as the mutant without stale copies fails when a copy has expired and the origin does', async () => {
    await start({ ttlSeconds: 1, staleOnError: false });
    await get(STYLE);
    near.mood = 'fails';
    await eventually('the copy to expire', async () => ((await get(STYLE)).status === 503 ? true : undefined));
    await untilCounted('cdn_requests_total{cache="expired",status="503"}', 1);
  });

  it('turns to the next origin when the nearest is silent, and leaves that alone for a while', async () => {
    await start({ origins: [ports.near, ports.far] });
    assert.equal((await get('/assets/1')).text, '/assets/1 1');
    near.mood = 'is silent';
    assert.equal((await get('/assets/2')).text, '/assets/2 1');
    assert.equal((await get('/assets/3')).text, '/assets/3 2');
    assert.deepEqual(
      near.requests.map(({ path }) => path),
      ['/assets/1', '/assets/2'],
    );
  });

  it('forgets what is purged', async () => {
    await start();
    const purge = async () => (await fetch(`${cdn!.agentUrl}${STYLE}`, { method: 'DELETE' })).status;
    assert.equal(await purge(), 404);
    await get(STYLE);
    assert.equal(await purge(), 204);
    const anew = await get(STYLE);
    assert.deepEqual([anew.cache, anew.text], ['MISS', `${STYLE} 2`]);
    assert.equal((await get(STYLE)).cache, 'HIT');
  });

  it('serves assets and nothing else', async () => {
    await start();
    assert.equal((await get('/')).status, 404);
    assert.equal((await get('/api/feed')).status, 404);
    assert.equal((await get(STYLE, { method: 'POST', body: 'x' })).status, 403);
    assert.deepEqual(near.requests, []);
  });

  it('leaves with code 0 on SIGTERM, and leaves nobody on its port', async () => {
    const { program } = await start();
    assert.equal(await program.stop('SIGTERM'), 0);
    await assert.rejects(get(STYLE));
  });

  it('has its copies in its next life, whatever ended the one before', async () => {
    const { program, folder } = await start();
    await get(STYLE);
    await program.stop('SIGKILL');
    await start({}, folder);
    const { cache, text } = await get(STYLE);
    assert.deepEqual([cache, text], ['HIT', `${STYLE} 1`]);
  });

  it('ends when nginx does', async () => {
    const { program, folder } = await start();
    process.kill(Number(readFileSync(join(folder, 'nginx.pid'), 'utf8')), 'SIGTERM');
    assert.equal(await program.exited, 1);
    assert.ok(program.lines.some(({ msg }) => msg === 'nginx is gone'));
  });

  it('refuses to start with all that is wrong in its settings', async () => {
    const settings = { FAULTLINE_NODE: 'cdn.edge', FAULTLINE_ZONE: 'edge', AGENT_LISTEN: 'here' };
    const program = startService('cdn', settings);
    assert.equal(await program.exited, 1);
    for (const problem of ['CDN_DIRECTORY: expected a value', 'NGINX: expected a value', 'AGENT_LISTEN: expected']) {
      assert.ok(program.output.includes(problem), program.output);
    }
  });
});
