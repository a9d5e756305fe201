import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type Docker from 'dockerode';
import { after, before, describe, it } from 'mocha';
import { pollUntil } from '../../harness/base/poll.ts';
import { seededRandom } from '../../harness/base/random.ts';
import { COMPOSE_FILE, composeFiles } from '../../harness/runtime/docker/compose/compose.ts';
import { ensureImage } from '../../harness/runtime/docker/image/ensure-image.ts';
import { type ComposeProgram, composeOrSkip } from '../../harness/runtime/docker/testing/compose-program.ts';
import { engineOrSkip } from '../../harness/runtime/docker/testing/engine.ts';
import { claimPorts, type PortClaim } from '../../harness/runtime/process/ports.ts';
import { NameServerConnection } from '../../harness/workload/clients/name-query.ts';
import { CDN_ADDRESS, CDN_NAME, DATACENTER_ADDRESSES, SITE_NAME } from './addresses.ts';
import { stage7 } from './index.ts';

/** The image may have to be built first, on a busy machine. */
const BRING_UP_MS = 420_000;
const PATIENCE_MS = 120_000;
const REQUEST_MS = 5000;
const DATACENTERS = Object.keys(DATACENTER_ADDRESSES);
/** The usual ports, in whose place free ones are taken: sites, CDN edge, name server, Prometheus, API, Grafana, Jaeger. */
const USUAL_PORTS = [8081, 8082, 8083, 8053, 9090, 8474, 3000, 16_686];
const [EAST, WEST, CDN, NAMES, PROMETHEUS, API] = USUAL_PORTS as [number, number, number, number, number, number];

interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

describe('The Compose file of the reference target, brought up', function () {
  this.timeout(PATIENCE_MS);
  const project = `faultline-test-${process.pid}`;
  // In git there is one with fixed ports and subnets, which somebody may have up.
  const subnetStart = (n: number) => `10.198.${(process.pid % 16) * 16 + n}.0`;
  const folder = mkdtempSync(join(tmpdir(), 'faultline-compose-'));
  let engine: Docker;
  let claim: PortClaim | undefined;
  let compose: ComposeProgram | undefined;

  before(async function () {
    this.timeout(BRING_UP_MS);
    engine = (await engineOrSkip(this)).api;
    compose = await composeOrSkip(this, { file: join(folder, COMPOSE_FILE), project });
    const { tag } = await ensureImage(engine, stage7.image);
    claim = await claimPorts(USUAL_PORTS.length);
    const files = composeFiles(stage7, { imageTag: tag, subnetStart, publishedPort });
    for (const [path, content] of files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    await compose.run('up', '--detach');
  });
  after(async function () {
    this.timeout(BRING_UP_MS);
    await compose?.run('down', '--volumes', '--remove-orphans', '--timeout', '5');
    await claim?.release();
    rmSync(folder, { recursive: true });
  });

  const publishedPort = (usual: number) => claim!.ports[USUAL_PORTS.indexOf(usual)]!;
  const urlOf = (usual: number, path: string) => `http://127.0.0.1:${publishedPort(usual)}${path}`;
  const request = (usual: number, path: string, options: RequestInit = {}) =>
    fetch(urlOf(usual, path), { ...options, signal: AbortSignal.timeout(REQUEST_MS) });

  /** A write of the mobile client's API, repeated with the same key until it is acknowledged. */
  async function write(usual: number, path: string, fields: Readonly<Record<string, string>>): Promise<Response> {
    const headers = { 'content-type': 'application/json', 'idempotency-key': `${path}-${usual}` };
    return await pollUntil(
      async () => {
        const response = await request(usual, path, { method: 'POST', headers, body: JSON.stringify(fields) });
        if (response.ok) return { done: true, value: response };
        return { done: false, seen: `${response.status} ${await response.text()}` };
      },
      { subject: `POST ${path} to be acknowledged`, timeoutMs: PATIENCE_MS },
    );
  }

  async function query(expression: string): Promise<readonly Sample[]> {
    const response = await request(PROMETHEUS, `/api/v1/query?query=${encodeURIComponent(expression)}`);
    const { data, error } = (await response.json()) as { data?: { result: Sample[] }; error?: string };
    assert.equal(error, undefined);
    return data!.result;
  }

  it('lets a user who wrote in one datacenter log in and read in the other', async () => {
    const password = 'correct-horse-battery-staple';
    await write(EAST, '/api/accounts', { id: 'ada', name: 'Ada', password });
    const loggedIn = await write(WEST, '/api/sessions', { userId: 'ada', password });
    const { session } = (await loggedIn.json()) as { session: string };
    const headers = { authorization: `Bearer ${session}`, 'x-read-position': loggedIn.headers.get('x-position') ?? '' };
    for (const usual of [EAST, WEST]) {
      const profile = await request(usual, '/api/users/ada', { headers });
      assert.equal(((await profile.json()) as { name: string }).name, 'Ada');
    }
  });

  it('answers where the site is', async () => {
    const server = { host: '127.0.0.1', port: publishedPort(NAMES) };
    const names = new NameServerConnection(server, seededRandom(1));
    try {
      const { addresses } = await names.ask({ name: SITE_NAME, clientNetwork: '203.0.113.0/28' });
      assert.deepEqual(addresses, [DATACENTER_ADDRESSES['us-east']]);
      const network = await names.ask({ name: CDN_NAME, clientNetwork: '203.0.113.0/28' });
      assert.deepEqual(network.addresses, [CDN_ADDRESS]);
    } finally {
      names.close();
    }
  });

  it('serves the style sheet of its pages from the edge as well', async () => {
    const page = await (await request(EAST, '/')).text();
    const [, path = ''] = /data-fallback="(\/assets\/[^"]+\.css)"/.exec(page) ?? [];
    const response = await request(CDN, path);
    assert.deepEqual([response.status, response.headers.get('content-type')], [200, 'text/css; charset=utf-8']);
    assert.equal(await response.text(), await (await request(EAST, path)).text());
  });

  it('has every node up in the eyes of its Prometheus', async () => {
    const scraped = stage7
      .topology({ parameters: {} })
      .nodes.filter(({ metrics }) => metrics !== undefined)
      .map(({ name }) => name);
    await pollUntil(
      async () => {
        const up = (await query('up == 1')).map(({ metric }) => metric.instance);
        const missing = scraped.filter((name) => !up.includes(name));
        return missing.length === 0
          ? { done: true, value: undefined }
          : { done: false, seen: `no ${missing.join(', ')}` };
      },
      { subject: 'Prometheus to scrape every node', timeoutMs: PATIENCE_MS },
    );
  });

  it('has figures for every query of the dashboard; alerts have some only when they fire', async () => {
    const queries = stage7.dashboard!.panels.flatMap((panel) => panel.queries);
    for (const { expression } of queries.filter((candidate) => !candidate.expression.includes('ALERTS'))) {
      await pollUntil(
        async () => {
          // They are of the last seconds, so there must be something in them.
          await Promise.all([EAST, WEST].map((usual) => request(usual, '/api/session')));
          const figures = (await query(expression)).filter(({ value: [, figure] }) => figure !== 'NaN');
          return figures.length >= DATACENTERS.length
            ? { done: true, value: undefined }
            : { done: false, seen: JSON.stringify(figures) };
        },
        { subject: `figures for ${expression}`, timeoutMs: PATIENCE_MS, intervalMs: 200 },
      );
    }
  });

  it('is healthy by the checks of its containers', async () => {
    await pollUntil(
      async () => {
        const unhealthy = (await containers()).filter(({ Status }) => !Status.includes('(healthy)'));
        return unhealthy.length === 0
          ? { done: true, value: undefined }
          : { done: false, seen: unhealthy.map(({ Names, Status }) => `${Names}: ${Status}`).join(', ') };
      },
      { subject: 'every container to be healthy', timeoutMs: PATIENCE_MS },
    );
  });

  it('has a proxy for every edge, which cuts it', async () => {
    const edge = { proxy: 'lb.us-east->web-1.us-east:http', name: 'cut', type: 'timeout', stream: 'downstream' };
    const body = JSON.stringify({ toxics: [{ ...edge, attributes: { timeout: 0 } }] });
    assert.equal((await request(API, '/toxics', { method: 'POST', body })).status, 200);
    await pollUntil(
      async () => {
        const down = await query('haproxy_server_status{zone="us-east",server="web-1.us-east",state="DOWN"} == 1');
        return down.length > 0 ? { done: true, value: undefined } : { done: false, seen: 'all servers up' };
      },
      { subject: 'the load balancer to miss the server behind the edge', timeoutMs: PATIENCE_MS },
    );
  });

  it('lets no node into another zone but through its edges', async () => {
    const reaches = async (address: string) => {
      const attempt = `timeout 2 bash -c '</dev/tcp/${address}' && echo reached || echo missed`;
      return (await compose!.run('exec', '-T', 'web-1.us-east', 'bash', '-c', attempt)).trim();
    };
    assert.equal(await reaches('lb.us-east/8080'), 'reached');
    const balancerInWest = `${subnetStart(2).replace(/0$/, '10')}/8080`;
    assert.equal(await reaches(balancerInWest), 'missed');
  });

  it('is gone with all its networks and volumes when it is taken down', async () => {
    await compose!.run('down', '--volumes', '--remove-orphans', '--timeout', '5');
    assert.deepEqual(await containers(), []);
    const { Volumes } = await engine.listVolumes({ filters: ofProject() });
    assert.deepEqual(await engine.listNetworks({ filters: ofProject() }), []);
    assert.deepEqual(Volumes ?? [], []);
  });

  const ofProject = () => ({ label: [`com.docker.compose.project=${project}`] });
  const containers = () => engine.listContainers({ all: true, filters: ofProject() });
});
