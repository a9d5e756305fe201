import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { eventually } from './testing/poll.ts';
import { PostgreSql } from './testing/postgresql.ts';
import { RedisServer } from './testing/redis.ts';
import { type CollectedSpan, SpanCollector } from './testing/span-collector.ts';
import { TestWebServer } from './testing/web-server.ts';

const SERVER_KIND = 2;

describe('telemetry of a service', function () {
  this.timeout(60_000);
  let database: PostgreSql;
  let cache: RedisServer;
  let collector: SpanCollector;
  let web: TestWebServer;

  const start = (environment: Record<string, string>) =>
    TestWebServer.start({ cachePort: cache.port, writePort: database.port, readPort: database.port, environment });
  const traceparent = (traceId: string) => ({ headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01` } });
  const spansOf = (traceId: string) => collector.spans.filter((span) => span.traceId === traceId);
  const serverSpan = (traceId: string) =>
    eventually('the server span', () => spansOf(traceId).find(({ kind }) => kind === SERVER_KIND));

  before(async () => {
    [database, cache, collector] = await Promise.all([
      PostgreSql.start('db.us-west'),
      RedisServer.start(),
      SpanCollector.start(),
    ]);
    web = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  });

  after(async () => {
    collector?.close();
    await Promise.allSettled([web?.stop(), cache?.kill(), database?.remove()]);
  });

  it('continues the trace of the caller down to SQL and the cache, and says who it is', async () => {
    const { session } = await web.newUser('ann');
    await cache.flush();
    const traceId = 'a'.repeat(32);
    await web.get('/api/session', { session, ...traceparent(traceId) });
    const server = await serverSpan(traceId);
    assert.deepEqual(
      [
        server.name,
        server.parentSpanId,
        server.attributes['http.route'],
        server.attributes['http.response.status_code'],
      ],
      ['GET /api/session', '00f067aa0ba902b7', '/api/session', 200],
    );
    const { 'service.name': service, 'service.instance.id': node, 'cloud.availability_zone': zone } = server.resource;
    assert.deepEqual(
      [service, node, zone, server.resource['faultline.run']],
      ['web', 'web-1.us-east', 'us-east', 'test'],
    );
    await eventually('the spans below', () => (spansOf(traceId).length >= 5 ? true : undefined));
    const below = spansOf(traceId).filter((span) => span !== server);
    assert.ok(below.every(({ parentSpanId }) => parentSpanId === server.spanId));
    const systems = new Set(below.map(systemOf));
    assert.deepEqual([...systems].sort(), ['postgresql', 'redis']);
    assert.ok(below.every(({ failed }) => !failed));
  });

  it('leaves out what machines ask several times a second', async () => {
    const traceId = 'b'.repeat(32);
    await web.get('/healthz', traceparent(traceId));
    await web.get('/metrics', traceparent(traceId));
    await web.get('/', traceparent('c'.repeat(32)));
    await serverSpan('c'.repeat(32));
    assert.deepEqual(spansOf(traceId), []);
  });

  it('puts the trace into log lines', async () => {
    const traceId = 'd'.repeat(32);
    await database.kill();
    await web.post('/api/accounts', { id: 'x', name: 'x', password: 'p' }, traceparent(traceId));
    await database.restart();
    const line = await eventually('the log line', () => web.program.lines.find((each) => each.trace_id === traceId));
    assert.deepEqual(
      [line.level, line.node, line.zone, line.code, typeof line.time, line.span_id],
      ['warn', 'web-1.us-east', 'us-east', 'database-unavailable', 'number', (await serverSpan(traceId)).spanId],
    );
    const failed = await eventually('the span of the failed connection', () =>
      spansOf(traceId).find(({ name }) => name === 'connect sql-write'),
    );
    assert.deepEqual([failed.failed, failed.attributes['server.port']], [true, database.port]);
  });

  it('sends what it holds on SIGTERM', async () => {
    const leaving = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, FAULTLINE_NODE: 'web-9.us-east' });
    const traceId = 'e'.repeat(32);
    await leaving.get('/', traceparent(traceId));
    assert.equal(await leaving.program.stop('SIGTERM'), 0);
    assert.equal(spansOf(traceId).length, 1);
  });

  it('sends nothing as the mutant telemetry-off', async () => {
    const mutant = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, FAULTLINE_MUTANT: 'telemetry-off' });
    const traceId = 'f'.repeat(32);
    assert.equal((await mutant.get('/', traceparent(traceId))).status, 200);
    assert.equal(await mutant.program.stop('SIGTERM'), 0);
    assert.deepEqual(spansOf(traceId), []);
  });
});

function systemOf({ attributes }: CollectedSpan): unknown {
  return attributes['db.system.name'] ?? attributes['db.system'];
}
