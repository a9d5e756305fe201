import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { seededRandom } from '../../base/random.ts';
import { type HistoryEvent, pairHistory } from '../../model/operation.ts';
import type { Load } from '../../model/run-settings.ts';
import { AS_PLANNED, type ClientModel, type ClientOperation, type OperationResult } from '../../model/workload.ts';
import noteClients from '../testing/note-clients.ts';
import { SimulatedClock } from '../testing/simulated-clock.ts';
import { type ClientSpan, encodeClientSpans } from '../tracing/otlp-json.ts';
import { HistoryFile } from './history-file.ts';
import { Operations } from './operations.ts';
import { FreeSessions, type Session, usersOf } from './sessions.ts';
import { Statistics } from './statistics.ts';

const [READ, WRITE] = noteClients.operations as [ClientOperation, ClientOperation];
const LOAD: Load = {
  ratePerSecond: 1,
  arrivals: 'constant',
  regions: { 'us-east': 0.5, 'us-west': 0.5, nowhere: 0 },
  clients: { web: 0.3, mobile: 0.7 },
  usersPerRegion: 10,
  inFlightMax: 10,
};

describe('Users of a load', () => {
  it('are shared out among the regions and kinds of clients that have a share', () => {
    const users = usersOf(LOAD);
    const count = (region: string, client: string) =>
      users.filter((user) => user.region === region && user.client === client).length;
    assert.deepEqual([count('us-east', 'web'), count('us-east', 'mobile'), count('nowhere', 'web')], [3, 7, 0]);
    assert.deepEqual(
      users.map(({ process }) => process),
      users.map((_, index) => index),
    );
    assert.equal(users[0]?.id, 'us-east-web-001');
  });

  it('take turns', () => {
    const free = new FreeSessions();
    const sessions = usersOf(LOAD).map((user) => ({ user, state: { user } }));
    for (const session of sessions) free.release(session);
    const first = free.take('us-east', 'web')!;
    free.release(first);
    const others = [free.take('us-east', 'web'), free.take('us-east', 'web'), free.take('us-east', 'web')];
    assert.deepEqual(
      others.map((session) => session?.user.id),
      ['us-east-web-002', 'us-east-web-003', 'us-east-web-001'],
    );
    assert.equal(free.take('us-east', 'web'), undefined);
  });
});

describe('Operations', () => {
  const perform = async (
    result: OperationResult | Error,
    { operation = WRITE, drop = false }: { operation?: ClientOperation; drop?: boolean } = {},
  ) => {
    const events: HistoryEvent[] = [];
    const spans: ClientSpan[] = [];
    const problems: string[] = [];
    const clock = new SimulatedClock(1000);
    const model: ClientModel = {
      ...noteClients,
      async perform(_name, _state, http) {
        await clock.sleep(30);
        if (result instanceof Error) throw result;
        return { ...result, value: http.writeId };
      },
    };
    const operations = new Operations({
      ...{ runId: 'run', model, clock, random: seededRandom(1), droppedProcess: 99 },
      history: { append: (event) => events.push(event) },
      onSpan: (span) => spans.push(span),
      conditions: () => ({ ...AS_PLANNED, newSessionShare: 0 }),
      onModelError: (name, thrown) => problems.push(`${name}: ${thrown}`),
      httpFor: (_session, _operation, _trace, writeId) => ({ writeId, request: () => assert.fail('not asked for') }),
    });
    const user = usersOf(LOAD)[4]!;
    const session: Session = { user, state: { user } };
    if (drop) operations.drop({ operation, region: 'us-east', client: 'web', intendedMs: 990 });
    await operations.perform(operation, session, 995);
    return { operations: pairHistory(events), events, spans, problems };
  };

  it('are written down with what was intended, what was sent, and what came of it', async () => {
    const result: OperationResult = { outcome: 'ok', status: 201, datacenter: 'us-east', writtenBy: 'db', key: 'k' };
    const { operations, spans } = await perform(result);
    const [operation] = operations;
    assert.deepEqual(operation, {
      ...{ index: 0, process: 4, f: 'write-note', class: 'write', region: 'us-east', client: 'mobile' },
      ...{ user: 'us-east-mobile-002', intendedMs: 995, startMs: 1000, traceId: operation?.traceId, writeId: 'run-w0' },
      ...{ outcome: 'ok', endMs: 1030, status: 201, datacenter: 'us-east', writtenBy: 'db', key: 'k', value: 'run-w0' },
    });
    assert.match(operation?.traceId ?? '', /^[0-9a-f]{32}$/);
    assert.deepEqual(spans[0]?.attributes, {
      'faultline.operation': 0,
      'faultline.outcome': 'ok',
      'http.response.status_code': 201,
      'faultline.datacenter': 'us-east',
    });
  });

  it('have a write id only when they are writes', async () => {
    const { operations } = await perform({ outcome: 'ok', status: 200 }, { operation: READ });
    assert.equal(operations[0]?.writeId, undefined);
  });

  it('are unknown when the client model throws in a write, and failed in a read', async () => {
    const write = await perform(new Error('broken'));
    assert.deepEqual(write.problems, ['write-note: Error: broken']);
    assert.deepEqual([write.operations[0]?.outcome, write.operations[0]?.error], ['info', 'client-model: broken']);
    const read = await perform(new Error('broken'), { operation: READ });
    assert.equal(read.operations[0]?.outcome, 'fail');
  });

  it('are failures of nobody when they are dropped, and disturb no session', async () => {
    const { operations, spans } = await perform({ outcome: 'ok', status: 200 }, { drop: true });
    assert.deepEqual(
      operations.map(({ index, process, outcome, error }) => ({ index, process, outcome, error })),
      [
        { index: 0, process: 99, outcome: 'fail', error: 'dropped' },
        { index: 1, process: 4, outcome: 'ok', error: undefined },
      ],
    );
    assert.equal(operations[0]?.intendedMs, 990);
    assert.equal(spans[0]?.error, 'dropped');
  });
});

describe('History file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'workload-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const event = (index: number): HistoryEvent => ({ type: 'ok', index, process: 0, endMs: 1 });

  it('has the lines in order, and none from after its end', () => {
    const path = join(folder, 'history.jsonl');
    const history = new HistoryFile(path, (thrown) => assert.fail(String(thrown)));
    for (let index = 0; index < 1000; index += 1) {
      history.append(event(index));
      if (index % 100 === 0) history.flush();
    }
    history.close();
    history.append(event(1000));
    history.close();
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    assert.deepEqual(
      lines.map((line) => JSON.parse(line).index),
      Array.from({ length: 1000 }, (_, index) => index),
    );
  });

  it('says once when it cannot be written any more', function () {
    const failures: unknown[] = [];
    let history: HistoryFile;
    try {
      history = new HistoryFile('/dev/full', (thrown) => failures.push(thrown));
    } catch {
      return this.skip();
    }
    history.append(event(0));
    history.flush();
    history.append(event(1));
    history.close();
    assert.match(String(failures), /ENOSPC/);
    assert.equal(failures.length, 1);
  });
});

describe('Statistics', () => {
  it('count the whole load, and since the last progress what ended', () => {
    const statistics = new Statistics();
    for (const lagMs of [1, 2, 3, 40]) statistics.due(lagMs);
    statistics.dropped();
    statistics.completed('ok', 10, 'w1');
    statistics.completed('info', 500, 'w2');
    const { p99Ms, ...progress } = statistics.progress(5, 1);
    const counts = { scheduled: 4, ok: 1, fail: 1, info: 1, inFlight: 1, lagMaxMs: 40, acknowledged: ['w1'] };
    assert.deepEqual(progress, { message: 'progress', atMs: 5, ...counts });
    assert.ok(Math.abs(p99Ms! - 500) < 1);

    statistics.due(2);
    assert.deepEqual(statistics.progress(6, 0), {
      ...{ message: 'progress', atMs: 6, scheduled: 5, ok: 0, fail: 0, info: 0, inFlight: 0, p99Ms: null, lagMaxMs: 2 },
      acknowledged: [],
    });
    const { scheduled, dropped, lagP50Ms, lagMaxMs } = statistics.stopped();
    assert.deepEqual({ scheduled, dropped }, { scheduled: 5, dropped: 1 });
    assert.ok(Math.abs(lagP50Ms - 2) < 0.01 && Math.abs(lagMaxMs - 40) < 0.05);
  });
});

describe('Spans of clients', () => {
  it('are one OTLP request with a resource for each region', () => {
    const span = (region: string, extra: Partial<ClientSpan> = {}): ClientSpan => ({
      ...{ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), name: 'op read-note', region },
      ...{ startMs: 1700000000123.5, endMs: 1700000000999.999, attributes: {} },
      ...extra,
    });
    const attributes = { text: 'x', whole: 7, fraction: 0.5, truth: true };
    const request = JSON.parse(
      encodeClientSpans([span('us-east', { attributes }), span('us-west', { error: 'timeout' })]),
    );
    assert.equal(request.resourceSpans.length, 2);
    assert.deepEqual(request.resourceSpans[0].resource.attributes, [
      { key: 'service.name', value: { stringValue: 'client' } },
      { key: 'service.instance.id', value: { stringValue: 'clients.us-east' } },
      { key: 'cloud.availability_zone', value: { stringValue: 'clients' } },
    ]);
    const [encoded] = request.resourceSpans[0].scopeSpans[0].spans;
    assert.equal(encoded.kind, 3);
    assert.equal(encoded.startTimeUnixNano, '1700000000123500000');
    assert.match(encoded.endTimeUnixNano, /^170000000099999(9|8)\d{3}$/);
    assert.deepEqual(encoded.attributes, [
      { key: 'text', value: { stringValue: 'x' } },
      { key: 'whole', value: { intValue: '7' } },
      { key: 'fraction', value: { doubleValue: 0.5 } },
      { key: 'truth', value: { boolValue: true } },
    ]);
    assert.deepEqual(request.resourceSpans[1].scopeSpans[0].spans[0].status, { code: 2, message: 'timeout' });
  });
});
