import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'mocha';
import { freePorts } from '../testing/free-ports.ts';
import { eventually } from '../testing/poll.ts';
import { type Program, removeFolder, temporaryFolder } from '../testing/programs.ts';
import { servingLine, startService } from '../testing/service.ts';
import { CONFIGURATION_FILE, renderConfiguration } from './configuration.ts';

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
      if (path.includes('missing')) return void response.writeHead(404).end('nothing here');
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
  let folder: string;
  let program: Program;
  let url: string;
  let agentUrl: string;

  before(async () => {
    near = new Origin();
    far = new Origin();
    ports = { near: await near.listen(), far: await far.listen() };
  });

  afterEach(async () => {
    await program?.stop('SIGKILL');
    removeFolder(folder);
    for (const origin of [near, far]) {
      origin.mood = 'answers';
      origin.requests.length = 0;
    }
  });

  after(() => {
    near?.close();
    far?.close();
  });

  const start = async ({ ttlSeconds = LONG_S, staleOnError = true, origins = [ports.near] } = {}) => {
    const { http, agent } = await freePorts(['http', 'agent']);
    folder = temporaryFolder('cdn');
    const configuration = renderConfiguration({
      ...{ originName: 'photos.example', ttlSeconds, staleOnError },
      listen: { host: '127.0.0.1', port: http! },
      origins: origins.map((port) => ({ host: '127.0.0.1', port })),
    });
    writeFileSync(join(folder, CONFIGURATION_FILE), configuration);
    url = `http://127.0.0.1:${http}`;
    agentUrl = `http://127.0.0.1:${agent}`;
    program = startService('cdn', {
      ...{ FAULTLINE_NODE: 'cdn.edge', FAULTLINE_ZONE: 'edge', CDN_DIRECTORY: folder, NGINX: nginx() },
      AGENT_LISTEN: `127.0.0.1:${agent}`,
    });
    await servingLine(program);
    await eventually('nginx to answer', async () => ((await fetch(`${url}/healthz`)).ok ? true : undefined));
  };
  const get = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`${url}${path}`, init);
    return { status: response.status, cache: response.headers.get('x-cache'), text: await response.text(), response };
  };
  const metric = async (series: string) => {
    const page = await (await fetch(`${agentUrl}/metrics`)).text();
    return Number(
      page
        .split('\n')
        .find((line) => line.startsWith(`${series} `))
        ?.slice(series.length) ?? Number.NaN,
    );
  };
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
    assert.deepEqual(await (await fetch(`${agentUrl}/assets`)).json(), {
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
    const purge = async () => (await fetch(`${agentUrl}${STYLE}`, { method: 'DELETE' })).status;
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
    await start();
    assert.equal(await program.stop('SIGTERM'), 0);
    await assert.rejects(get(STYLE));
  });

  it('ends when nginx does, and keeps its copies for its next life', async () => {
    await start();
    await get(STYLE);
    const [master] = masters(folder);
    process.kill(master!, 'SIGTERM');
    assert.equal(await program.exited, 1);
    assert.ok(program.lines.some(({ msg }) => msg === 'nginx is gone'));
  });

  it('refuses to start with all that is wrong in its settings', async () => {
    folder = temporaryFolder('cdn');
    program = startService('cdn', { FAULTLINE_NODE: 'cdn.edge', FAULTLINE_ZONE: 'edge', AGENT_LISTEN: 'here' });
    assert.equal(await program.exited, 1);
    for (const problem of ['CDN_DIRECTORY: expected a value', 'NGINX: expected a value', 'AGENT_LISTEN: expected']) {
      assert.ok(program.output.includes(problem), program.output);
    }
  });
});

function nginx(): string {
  return execFileSync('which', ['nginx'], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/usr/local/sbin` },
  }).trim();
}

/** The nginx that works in a folder. */
function masters(folder: string): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,args='], { encoding: 'utf8' }).split('\n');
  return lines
    .filter((line) => line.includes('nginx: master') && line.includes(folder))
    .map((line) => Number.parseInt(line, 10));
}
