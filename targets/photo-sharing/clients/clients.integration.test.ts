import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { after, afterEach, before, describe, it } from 'mocha';
import { pollUntil } from '../../../harness/base/poll.ts';
import type { Operation } from '../../../harness/model/operation.ts';
import { startCollector, type TestCollector } from '../../../harness/workload/testing/collector.ts';
import { GeneratorProcess } from '../../../harness/workload/testing/generator-process.ts';
import {
  CDN_ADDRESS,
  CDN_NAME,
  CDN_ZONE,
  CLIENT_SUBNETS,
  DATACENTER_ADDRESSES,
  ENTRY_ADDRESSES,
  SITE_NAME,
} from '../addresses.ts';
import { TestCdn } from '../services/testing/cdn.ts';
import { freePort } from '../services/testing/free-ports.ts';
import { eventually } from '../services/testing/poll.ts';
import { PostgreSql } from '../services/testing/postgresql.ts';
import type { Program } from '../services/testing/programs.ts';
import { RedisServer } from '../services/testing/redis.ts';
import { servingLine, startService } from '../services/testing/service.ts';
import { TestWebServer } from '../services/testing/web-server.ts';
import clients from './model.ts';

const pairs = (record: Readonly<Record<string, string>>) =>
  Object.entries(record)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');

/**
 * The generator with the photo site's clients, against a real web server, PostgreSQL, Redis, nginx and name server; the
 * second datacenter of the name server does not exist, so that everybody is sent to the first.
 */
describe('Clients of the real photo site', function () {
  this.timeout(40_000);
  let database: PostgreSql;
  let cache: RedisServer;
  let web: TestWebServer;
  let cdn: TestCdn;
  let names: Program;
  let resolver: string;
  let collector: TestCollector;
  let generator: GeneratorProcess | undefined;

  before(async () => {
    [database, cache] = await Promise.all([PostgreSql.start('db.us-east'), RedisServer.start()]);
    web = await TestWebServer.start({
      ...{ cachePort: cache.port, writePort: database.port, readPort: database.port },
      environment: { CDN: CDN_NAME },
    });
    const { hostname: host, port } = new URL(web.url);
    cdn = await TestCdn.start({
      ...{ originName: SITE_NAME, ttlSeconds: 60, staleOnError: true },
      origins: [{ host, port: Number(port) }],
    });
    names = startService('geodns', {
      ...{ FAULTLINE_NODE: 'geodns.edge', FAULTLINE_ZONE: 'edge', SITE_NAME, METRICS_LISTEN: '127.0.0.1:0' },
      ...{ DNS_LISTEN: '127.0.0.1:0', DATACENTERS: pairs(DATACENTER_ADDRESSES), REGIONS: pairs(CLIENT_SUBNETS) },
      HOSTS: `${CDN_NAME}=${CDN_ADDRESS}`,
      HEALTH_us_east: new URL(web.url).host,
      HEALTH_us_west: `127.0.0.1:${await freePort()}`,
    });
    resolver = `127.0.0.1:${(await servingLine(names)).dnsPort}`;
    await eventually('us-west to be down', () => names.lines.find(({ event }) => event === 'datacenter-down'));
    collector = await startCollector();
  });
  afterEach(async () => {
    await generator?.remove();
  });
  after(async () => {
    await Promise.allSettled([
      cdn?.remove(),
      web?.stop(),
      names?.stop(),
      collector?.close(),
      cache?.kill(),
      database?.remove(),
    ]);
  });

  const start = async (runId: string): Promise<GeneratorProcess> => {
    const entries = { 'us-east': new URL(web.url).host, [CDN_ZONE]: cdn.host };
    generator = await GeneratorProcess.start({
      ...{ runId, seed: 1, siteName: SITE_NAME, clientSubnets: { ...CLIENT_SUBNETS }, collector: collector.url },
      load: {
        ...{ ratePerSecond: 60, arrivals: 'poisson', regions: { 'us-east': 0.5, 'us-west': 0.5 } },
        ...{ clients: { web: 0.3, mobile: 0.7 }, usersPerRegion: 10, inFlightMax: 50 },
      },
      clientModule: fileURLToPath(new URL('model.ts', import.meta.url)),
      resolvers: { 'us-east': resolver, 'us-west': resolver },
      resolverTransport: 'udp',
      entryAddresses: Object.fromEntries(Object.entries(ENTRY_ADDRESSES).map(([zone, address]) => [address, zone])),
      entries: { 'us-east': entries, 'us-west': entries },
      timeoutMs: { read: 3000, write: 4000 },
    });
    generator.send('open-sessions');
    assert.deepEqual(await generator.message('sessions-open'), { message: 'sessions-open', users: 20, failed: 0 });
    return generator;
  };

  /** Waits until what was performed so far passes the test; what was dropped does not count. */
  const operationsUntil = async (
    running: GeneratorProcess,
    subject: string,
    reached: (operations: readonly Operation[]) => boolean,
  ): Promise<void> =>
    await pollUntil(
      async () => {
        const operations = (await running.history()).filter(
          ({ endMs, error }) => endMs !== null && error !== 'dropped',
        );
        return reached(operations) ? { done: true, value: undefined } : { done: false, seen: `${operations.length}` };
      },
      { subject, timeoutMs: 20_000, intervalMs: 100 },
    );

  it('do everything that the site offers, and every acknowledged write is there', async () => {
    const running = await start('all');
    running.send('start');
    const offered = clients.operations.length;
    await operationsUntil(running, 'every kind of operation', (operations) => {
      return new Set(operations.map(({ f }) => f)).size === offered && operations.length >= 200;
    });
    await running.stop();

    const operations = (await running.history()).filter(({ error }) => error !== 'dropped');
    const wrong = operations.filter(({ outcome }) => outcome !== 'ok');
    assert.deepEqual(
      wrong.map(({ f, client, error, value }) => ({ f, client, error, value })),
      [],
    );
    assert.ok(operations.every(({ servedBy, datacenter }) => servedBy === 'web-1.us-east' && datacenter === 'us-east'));
    const reads = operations.filter(({ f }) => f === 'view-feed' || f === 'view-photo');
    assert.ok(reads.every(({ readFrom }) => readFrom === 'db.us-east'));
    const writes = operations.filter((operation) => operation.class === 'write');
    assert.ok(writes.every(({ writtenBy, epoch }) => writtenBy === 'db.us-east' && epoch === 7));

    const rows = await database.query<{ write_id: string; replays: number }>('SELECT write_id, replays FROM writes');
    const replays = new Map(rows.map((row) => [row.write_id, row.replays]));
    assert.ok(
      writes.every(({ writeId }) => replays.get(writeId!) === 0),
      'each was written exactly once',
    );
  });

  it('take assets from the content delivery network while it is there, and from the site when it is not', async () => {
    const running = await start('cdn');
    running.send('start');
    const asking = (operations: readonly Operation[]) => operations.filter((operation) => operation.cdn !== undefined);
    await operationsUntil(running, 'assets from the network', (operations) => asking(operations).length >= 20);
    assert.ok((await cdn.metric('cdn_requests_total{cache="hit",status="200"}')) > 0);
    const killedMs = Date.now();
    await cdn.program.stop('SIGKILL');
    await operationsUntil(running, 'assets that the network did not give', (operations) => {
      return asking(operations).filter((operation) => operation.cdn!.failed > 0).length >= 20;
    });
    await running.stop();
    const operations = asking((await running.history()).filter(({ endMs }) => endMs !== null));
    assert.deepEqual(
      operations.filter(({ outcome }) => outcome !== 'ok'),
      [],
    );
    assert.ok(operations.every(({ endMs, cdn: facts }) => endMs! >= killedMs || facts!.failed === 0));
    assert.ok(operations.every(({ startMs, cdn: facts }) => startMs < killedMs || facts!.failed === facts!.asked));
  });

  it('notice when their sessions are gone, and log in again', async () => {
    const running = await start('logged-out');
    running.send('start');
    await operationsUntil(running, 'some operations', (operations) => operations.length >= 20);
    await database.query('UPDATE sessions SET ended_at = now()');
    await cache.flush();
    const loggedOutOf = (operations: readonly Operation[]) =>
      operations.findIndex(({ loggedOut }) => loggedOut === true);
    await operationsUntil(running, 'somebody to be logged out, and to go on', (operations) => {
      const at = loggedOutOf(operations);
      const { user, startMs } = operations[at] ?? { user: '', startMs: 0 };
      return operations.some((later) => later.user === user && later.startMs > startMs && later.outcome === 'ok');
    });
    await running.stop();
    const once = (await running.history()).filter(({ loggedOut }) => loggedOut === true).map(({ user }) => user);
    assert.equal(new Set(once).size, once.length, 'each user notices once');
  });

  it('say of no write that it failed while the database dies, unless it is not there', async () => {
    const running = await start('dying');
    running.send('start');
    await operationsUntil(running, 'some writes', (operations) => {
      return operations.filter((operation) => operation.class === 'write').length >= 10;
    });
    await database.kill();
    await operationsUntil(running, 'some failures', (operations) => {
      return operations.filter(({ outcome }) => outcome !== 'ok').length >= 20;
    });
    await database.restart();
    await running.stop();
    const writes = (await running.history()).filter(({ writeId }) => writeId !== undefined);
    const rows = await database.query<{ write_id: string }>('SELECT write_id FROM writes');
    const present = new Set(rows.map((row) => row.write_id));
    const wrong = writes.filter(({ writeId, outcome }) => {
      return outcome === 'ok' ? !present.has(writeId!) : outcome === 'fail' && present.has(writeId!);
    });
    assert.deepEqual(wrong, []);
  });
});
