import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { pollUntil } from '../../base/poll.ts';
import type { Operation } from '../../model/operation.ts';
import type { Load } from '../../model/run-settings.ts';
import type { ClientModel, GeneratorMessage, GeneratorPlan } from '../../model/workload.ts';
import { startCollector, type TestCollector } from '../testing/collector.ts';
import { GeneratorProcess, readHistory } from '../testing/generator-process.ts';
import { startNameServer, type TestNameServer } from '../testing/name-server.ts';
import noteClients from '../testing/note-clients.ts';
import { type NoteSite, startNoteSite } from '../testing/note-site.ts';
import { LoadGenerator } from './generator.ts';

const EAST = '198.51.100.1';
const WEST = '198.51.100.2';
/** For tests that wait for time-outs; a loaded machine must not run into the others'. */
const IMPATIENT = { read: 400, write: 500 };

describe('Load generator', function () {
  this.timeout(30_000);
  let east: NoteSite;
  let west: NoteSite;
  let names: TestNameServer;
  let collector: TestCollector;
  let generator: GeneratorProcess | undefined;

  beforeEach(async () => {
    [east, west, collector] = await Promise.all([startNoteSite(), startNoteSite(), startCollector()]);
    names = await startNameServer((network) => ({
      addresses: [Number(network.split(/[./]/)[3]) < 128 ? EAST : WEST],
      ttlSeconds: 1,
      scopePrefixLength: 25,
    }));
  });

  afterEach(async () => {
    await generator?.remove();
    generator = undefined;
    await Promise.allSettled([east.die(), west.die(), names.close(), collector.close()]);
  });

  const plan = (
    load: Partial<Load> = {},
    timeoutMs = { read: 4000, write: 5000 },
  ): Omit<GeneratorPlan, 'historyFile'> => ({
    runId: 'test-run',
    seed: 7,
    load: {
      ...{ ratePerSecond: 80, arrivals: 'poisson', regions: { 'us-east': 0.5, 'us-west': 0.5 } },
      ...{ clients: { web: 0.4, mobile: 0.6 }, usersPerRegion: 60, inFlightMax: 100 },
      ...load,
    },
    clientModule: fileURLToPath(new URL('../testing/note-clients.ts', import.meta.url)),
    siteName: 'notes.example',
    resolvers: { 'us-east': names.address, 'us-west': names.address },
    resolverTransport: 'udp',
    clientSubnets: { 'us-east': '203.0.113.0/25', 'us-west': '203.0.113.128/25' },
    entryAddresses: { [EAST]: 'us-east', [WEST]: 'us-west' },
    entries: {
      'us-east': { 'us-east': east.address, 'us-west': west.address },
      'us-west': { 'us-east': east.address, 'us-west': west.address },
    },
    collector: collector.url,
    timeoutMs,
  });

  const start = async (...options: Parameters<typeof plan>): Promise<GeneratorProcess> => {
    generator = await GeneratorProcess.start(plan(...options));
    await generator.message('ready');
    return generator;
  };

  /** Waits until the history holds `count` operations that fit. */
  const operationsThat = async (
    running: GeneratorProcess,
    { count, fit, subject }: { count: number; fit: (operation: Operation) => boolean; subject: string },
  ): Promise<Operation[]> =>
    await pollUntil(
      async () => {
        const found = (await running.history()).filter(fit);
        return found.length >= count
          ? { done: true, value: found }
          : { done: false, seen: `${found.length} operations` };
      },
      { subject: `${count} operations ${subject}`, timeoutMs: 10_000 },
    );

  it('loads the site that each region resolves to, and writes down every operation with its trace', async () => {
    const running = await start();
    await running.startLoad();
    await operationsThat(running, { count: 150, fit: ({ outcome }) => outcome === 'ok', subject: 'to succeed' });
    const stopped = await running.stop();

    const operations = await running.history();
    assert.equal(operations.length, stopped.scheduled);
    assert.ok(operations.every(({ outcome, region, datacenter }) => outcome === 'ok' && datacenter === region));
    assert.ok(operations.every(({ startMs, intendedMs, endMs }) => startMs >= intendedMs && endMs! > startMs));
    assert.deepEqual(new Set(operations.map(({ f }) => f)), new Set(['read-note', 'write-note']));
    assert.deepEqual(new Set(operations.map(({ client }) => client)), new Set(['web', 'mobile']));

    const roots = new Map(collector.spans.map((span) => [span.traceId, span]));
    assert.ok(operations.every(({ traceId, f }) => roots.get(traceId)?.name === `op ${f}`));
    const received = new Set([...east.traceParents, ...west.traceParents]);
    assert.ok(
      operations.every(({ traceId }) => received.has(`00-${traceId}-${roots.get(traceId)?.spanId}-01`)),
      'every request belongs to its operation',
    );
    assert.deepEqual(collector.resources[0], {
      'service.name': 'client',
      'service.instance.id': collector.resources[0]?.['service.instance.id'],
      'cloud.availability_zone': 'clients',
    });
  });

  it('sends every write once, under the id that the history has', async () => {
    const running = await start();
    await running.startLoad();
    await operationsThat(running, { count: 30, fit: ({ class: kind }) => kind === 'write', subject: 'to be writes' });
    east.mood = 'break';
    await operationsThat(running, { count: 20, fit: ({ outcome }) => outcome === 'info', subject: 'to be unknown' });
    await running.stop();

    const writes = (await running.history()).filter(({ class: kind }) => kind === 'write');
    const received = new Map([...east.writes, ...west.writes]);
    assert.ok(writes.every(({ writeId }) => received.get(writeId!) === 1));
    const broken = writes.filter(({ outcome }) => outcome !== 'ok');
    assert.deepEqual(
      new Set(broken.map(({ error, outcome }) => `${outcome} ${error}`)),
      new Set(['info connection-reset']),
    );
  });

  it('knows that a request to a dead server was never sent, and goes on when the server is back', async () => {
    const running = await start();
    await running.startLoad();
    await operationsThat(running, { count: 20, fit: ({ outcome }) => outcome === 'ok', subject: 'to succeed' });
    await east.die();
    const refused = await operationsThat(running, {
      count: 20,
      fit: ({ error }) => error === 'connection-refused',
      subject: 'to be refused',
    });
    assert.ok(refused.every(({ outcome, region }) => outcome === 'fail' && region === 'us-east'));
    await east.revive();
    const backMs = refused.at(-1)!.startMs;
    await operationsThat(running, {
      count: 20,
      fit: ({ outcome, region, startMs }) => outcome === 'ok' && region === 'us-east' && startMs > backMs,
      subject: 'of the region to succeed again',
    });
    await running.stop();
  });

  it('gives up on a server that hangs, and destroys the connections that it hung on', async () => {
    const running = await start({}, IMPATIENT);
    await running.startLoad();
    await operationsThat(running, { count: 20, fit: ({ outcome }) => outcome === 'ok', subject: 'to succeed' });
    east.mood = 'hang';
    const timedOut = await operationsThat(running, {
      count: 30,
      fit: ({ error }) => error === 'timeout',
      subject: 'to time out',
    });
    assert.ok(timedOut.every(({ class: kind, outcome }) => outcome === (kind === 'read' ? 'fail' : 'info')));
    await pollUntil(
      () => (east.abandoned >= 30 ? { done: true, value: undefined } : { done: false, seen: `${east.abandoned}` }),
      { subject: 'the connections of 30 operations to be closed', timeoutMs: 5000 },
    );
    await running.stop();
    const operations = await running.history();
    assert.ok(operations.every(({ endMs }) => endMs !== null));
  });

  it('follows the name server to the other site within its time to live', async () => {
    const running = await start();
    await running.startLoad();
    await operationsThat(running, { count: 20, fit: ({ outcome }) => outcome === 'ok', subject: 'to succeed' });
    names.reply = () => ({ addresses: [EAST], ttlSeconds: 1, scopePrefixLength: 0 });
    await operationsThat(running, {
      count: 10,
      fit: ({ region, datacenter }) => region === 'us-west' && datacenter === 'us-east',
      subject: 'to be redirected',
    });
    await running.stop();
  });

  it('goes on with the last address when the name server falls silent', async () => {
    const running = await start();
    await running.startLoad();
    await operationsThat(running, { count: 20, fit: ({ outcome }) => outcome === 'ok', subject: 'to succeed' });
    names.reply = () => null;
    const silentFromMs = performance.timeOrigin + performance.now();
    await operationsThat(running, {
      count: 10,
      fit: ({ outcome, startMs }) => outcome === 'ok' && startMs > silentFromMs + 2000,
      subject: 'to succeed two seconds later',
    });
    await running.stop();
  });

  it('drops what it may not send, and writes down the drops as failures of nobody', async () => {
    const running = await start({ inFlightMax: 5 }, IMPATIENT);
    await running.startLoad();
    east.mood = 'hang';
    west.mood = 'hang';
    const isDropped = ({ error }: Operation) => error === 'dropped';
    await operationsThat(running, { count: 50, fit: isDropped, subject: 'to be dropped' });
    const progress = running.messages.findLast(({ message }) => message === 'progress');
    assert.ok(progress?.message === 'progress' && progress.inFlight <= 5 && progress.fail > 0);
    const stopped = await running.stop();

    const operations = await running.history();
    const dropped = operations.filter(isDropped);
    assert.equal(dropped.length, stopped.dropped);
    assert.equal(operations.length, stopped.scheduled);
    assert.ok(dropped.every(({ outcome, writeId }) => outcome === 'fail' && writeId === undefined));
    const sessions = new Set(operations.filter((operation) => !isDropped(operation)).map(({ process }) => process));
    assert.ok(dropped.every(({ process }) => !sessions.has(process)));
  });

  it('performs one operation for the canary, whose trace is at the collector when it says so', async () => {
    const running = await start();
    running.send('canary');
    const canary = await running.message('canary');
    assert.equal(canary.outcome, 'ok');
    assert.match(canary.detail, /^read-note by us-east-web-001: ok, status 200, served by site:\d+$/);
    assert.ok(collector.spans.some(({ traceId }) => traceId === canary.traceId));
    assert.equal((await running.history())[0]?.traceId, canary.traceId);
    running.send('open-sessions');
    assert.deepEqual(await running.message('sessions-open'), { message: 'sessions-open', users: 120, failed: 0 });
    assert.equal((await running.stop()).scheduled, 0);
  });

  it('says what keeps the canary from its session', async () => {
    await east.die();
    const running = await start();
    running.send('canary');
    const detail = 'read-note: no session, us-east-web-001: log-in: connection-refused';
    assert.deepEqual(await running.message('canary'), { message: 'canary', outcome: 'fail', traceId: '', detail });
  });

  it('says which sessions cannot be opened', async () => {
    await east.die();
    const running = await start();
    running.send('open-sessions');
    assert.deepEqual(await running.message('sessions-open'), { message: 'sessions-open', users: 60, failed: 60 });
    const problem = await running.message('problem');
    assert.equal(
      problem.detail,
      '60 sessions could not be opened; first us-east-mobile-001: log-in: connection-refused',
    );
  });

  it('keeps up the load when the collector fails, and says how many spans were lost', async () => {
    collector.status = 503;
    const running = await start();
    await running.startLoad();
    await operationsThat(running, { count: 50, fit: ({ outcome }) => outcome === 'ok', subject: 'to succeed' });
    const stopped = await running.stop();
    const note = `${stopped.scheduled} spans were not delivered to the collector: the collector answered 503\n`;
    assert.equal(running.errors, note);
    assert.ok((await running.history()).every(({ outcome }) => outcome === 'ok'));
  });

  it('ends at once when its standard input closes, with a history that can be read', async () => {
    const running = await start();
    await running.startLoad();
    east.mood = 'hang';
    await operationsThat(running, { count: 20, fit: ({ outcome }) => outcome === 'ok', subject: 'to succeed' });
    running.closeInput();
    assert.equal(await running.exited(), 0);
    assert.ok((await running.history()).length >= 20);
  });

  it('stops once, however often it is asked, and writes no progress after that', async () => {
    const running = await start();
    await running.startLoad();
    await operationsThat(running, { count: 20, fit: ({ outcome }) => outcome === 'ok', subject: 'to succeed' });
    running.send('stop');
    running.send('stop');
    assert.equal(await running.exited(), 0);
    assert.equal(running.messages.filter(({ message }) => message === 'stopped').length, 1);
    assert.equal(running.messages.at(-1)?.message, 'stopped');
  });

  it('leaves open what does not end within the largest time-out after stop', async () => {
    const said: GeneratorMessage[] = [];
    const folder = await mkdtemp(join(tmpdir(), 'workload-'));
    const historyFile = join(folder, 'history.jsonl');
    const model: ClientModel = { ...noteClients, perform: () => new Promise(() => undefined) };
    const load = new LoadGenerator({
      ...{
        plan: { ...plan({}, IMPATIENT), historyFile },
        model,
        say: (message) => said.push(message),
        note: assert.fail,
      },
      onHistoryLost: assert.fail,
    });
    await load.openSessions();
    load.start();
    await pollUntil(
      async () => {
        const { length } = await readHistory(historyFile);
        return length >= 5 ? { done: true, value: length } : { done: false, seen: `${length} operations` };
      },
      { subject: 'operations to be under way', timeoutMs: 5000 },
    );
    await load.stop();
    const operations = await readHistory(historyFile);
    assert.ok(operations.length >= 5);
    assert.ok(operations.filter(({ error }) => error !== 'dropped').every(({ endMs }) => endMs === null));
    assert.equal(said.at(-1)?.message, 'stopped');
    await rm(folder, { recursive: true });
  });

  it('refuses a plan that does not fit together, naming everything that is wrong', async () => {
    const wrong = plan({ ratePerSecond: 0 });
    generator = await GeneratorProcess.start({ ...wrong, resolvers: { 'us-east': 'nowhere' } });
    assert.equal(await generator.exited(), 4);
    assert.match(generator.errors, /Too small[\s\S]*load\.ratePerSecond[\s\S]*expected host:port/);
  });

  it('refuses entry addresses that lead nowhere', async () => {
    generator = await GeneratorProcess.start({ ...plan(), entryAddresses: { 'us-east': EAST, 'us-west': WEST } });
    assert.equal(await generator.exited(), 4);
    assert.match(generator.errors, /entryAddresses: no address leads to us-east; expected answered address -> zone/);
  });
});
