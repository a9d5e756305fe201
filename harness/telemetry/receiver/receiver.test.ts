import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { Span } from '../../model/telemetry.ts';
import { encodeTraceRequest, type OtlpTraceRequest } from './otlp-schema.ts';
import { type Receiver, startReceiver } from './server.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const SPAN_ID = 'b7ad6b7169203331';

function request(ids: { traceId: unknown; spanId: unknown }): OtlpTraceRequest {
  const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  return {
    resourceSpans: [
      {
        resource: {
          attributes: [
            text('service.name', 'web'),
            text('service.instance.id', 'web-1.us-east'),
            text('cloud.availability_zone', 'us-east'),
          ],
        },
        scopeSpans: [
          {
            spans: [
              {
                ...(ids as { traceId: string; spanId: string }),
                name: 'GET /feed',
                kind: 2,
                startTimeUnixNano: '1700000000123500000',
                endTimeUnixNano: '1700000000223500000',
                attributes: [{ key: 'http.response.status_code', value: { intValue: 503 } }],
                status: { code: 2, message: 'unavailable' },
              },
            ],
          },
        ],
      },
    ],
  };
}

const asJson = () => JSON.stringify(request({ traceId: TRACE_ID, spanId: SPAN_ID }));
const asProtobuf = () =>
  encodeTraceRequest(request({ traceId: Buffer.from(TRACE_ID, 'hex'), spanId: Buffer.from(SPAN_ID, 'hex') }));

const EXPECTED: Span = {
  traceId: TRACE_ID,
  spanId: SPAN_ID,
  name: 'GET /feed',
  kind: 'server',
  startMs: 1700000000123.5,
  endMs: 1700000000223.5,
  error: true,
  statusMessage: 'unavailable',
  attributes: { 'http.response.status_code': 503 },
  service: 'web',
  node: 'web-1.us-east',
  zone: 'us-east',
};

describe('OTLP receiver', () => {
  let receiver: Receiver;
  let received: Span[];

  beforeEach(async () => {
    received = [];
    receiver = await startReceiver({ host: '127.0.0.1', port: 0, onSpans: (spans) => received.push(...spans) });
  });
  afterEach(() => receiver.close());

  const post = async (body: string | Uint8Array, headers: Record<string, string>, path = '/v1/traces') => {
    const payload = typeof body === 'string' ? body : new Uint8Array(body);
    const response = await fetch(`http://127.0.0.1:${receiver.port}${path}`, {
      method: 'POST',
      body: payload,
      headers,
    });
    return { status: response.status, text: await response.text() };
  };

  it('takes spans as JSON', async () => {
    const { status, text } = await post(asJson(), { 'content-type': 'application/json' });
    assert.deepEqual([status, text], [200, '{}']);
    assert.deepEqual(received, [EXPECTED]);
  });

  it('takes spans as protobuf, zipped too', async () => {
    const headers = { 'content-type': 'application/x-protobuf', 'content-encoding': 'gzip' };
    const { status, text } = await post(gzipSync(asProtobuf()), headers);
    assert.deepEqual([status, text], [200, '']);
    assert.deepEqual(received, [EXPECTED]);
  });

  it('refuses what is malformed, and counts the reasons', async () => {
    const json = { 'content-type': 'application/json' };
    const answers = [
      await post('{', json),
      await post(Buffer.from('not protobuf'), { 'content-type': 'application/x-protobuf' }),
      await post(JSON.stringify(request({ traceId: 'short', spanId: SPAN_ID })), json),
      await post(asJson(), { 'content-type': 'text/plain' }),
      await post(asJson(), json, '/v1/metrics'),
      await post('x'.repeat(9_000_000), json),
    ];
    assert.deepEqual(
      answers.map(({ status }) => status),
      [400, 400, 400, 415, 404, 413],
    );
    assert.match(answers[2]?.text ?? '', /trace id must have 16 bytes, got "short"/);
    assert.equal(received.length, 0);
    assert.equal(receiver.counts.refused, 6);
    assert.equal(receiver.counts.refusals['expected application/x-protobuf or application/json'], 1);
  });
});
