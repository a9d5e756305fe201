import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { messageOf } from '../../base/errors.ts';
import type { Span } from '../../model/telemetry.ts';
import { decodeTraceRequest, type OtlpTraceRequest } from './otlp-schema.ts';
import { spansOf } from './spans.ts';

const BODY_BYTES_MAX = 8 * 1024 * 1024;
const unzip = promisify(gunzip);

export interface ReceiverOptions {
  host: string;
  port: number;
  /** Called with the spans of each accepted request. */
  onSpans(spans: Span[]): void;
  /** Called with the raw request once it was accepted, to pass it on. */
  onAccepted?(body: Buffer, contentType: string): void;
}

export interface ReceiverCounts {
  requests: number;
  spans: number;
  refused: number;
  refusals: Record<string, number>;
}

export interface Receiver {
  port: number;
  counts: ReceiverCounts;
  close(): Promise<void>;
}

/** An answer other than 200, with the reason that is counted. */
class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * OTLP/HTTP for traces, protobuf and JSON, gzip or plain: POST /v1/traces.
 * What is malformed is refused whole with 400, 404, 405, 413 or 415 and counted by reason.
 */
export async function startReceiver({ host, port, onSpans, onAccepted }: ReceiverOptions): Promise<Receiver> {
  const counts: ReceiverCounts = { requests: 0, spans: 0, refused: 0, refusals: {} };

  const accept = async (request: IncomingMessage): Promise<void> => {
    counts.requests += 1;
    const contentType = expectTraces(request);
    const body = await readBody(request);
    const spans = decode(body, contentType);
    counts.spans += spans.length;
    onSpans(spans);
    onAccepted?.(body, contentType);
  };

  const server = createServer((request, response) => {
    accept(request).then(
      () => answer(response, 200, request.headers['content-type'] ?? ''),
      (thrown: unknown) => {
        const refusal = thrown instanceof Refusal ? thrown : new Refusal(400, messageOf(thrown));
        counts.refused += 1;
        counts.refusals[refusal.message] = (counts.refusals[refusal.message] ?? 0) + 1;
        response.writeHead(refusal.status, { 'content-type': 'text/plain' }).end(`${refusal.message}\n`);
        request.resume();
      },
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    counts,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The protocol's empty answer: no bytes as protobuf, an empty object as JSON. */
function answer(response: ServerResponse, status: number, contentType: string): void {
  const json = contentType.startsWith('application/json');
  response.writeHead(status, { 'content-type': json ? 'application/json' : 'application/x-protobuf' });
  response.end(json ? '{}' : undefined);
}

function expectTraces(request: IncomingMessage): string {
  if (request.url !== '/v1/traces') throw new Refusal(404, 'only /v1/traces is served here');
  if (request.method !== 'POST') throw new Refusal(405, 'traces are sent with POST');
  const contentType = request.headers['content-type']?.split(';')[0]?.trim() ?? '';
  if (contentType !== 'application/json' && contentType !== 'application/x-protobuf') {
    throw new Refusal(415, 'expected application/x-protobuf or application/json');
  }
  return contentType;
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > BODY_BYTES_MAX) throw new Refusal(413, `a request may have at most ${BODY_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  if (request.headers['content-encoding'] !== 'gzip') return body;
  return await unzip(body, { maxOutputLength: BODY_BYTES_MAX });
}

function decode(body: Buffer, contentType: string): Span[] {
  try {
    const request =
      contentType === 'application/json'
        ? (JSON.parse(body.toString('utf8')) as OtlpTraceRequest)
        : decodeTraceRequest(body);
    return spansOf(request);
  } catch (thrown) {
    throw new Refusal(400, `not a trace request: ${messageOf(thrown)}`);
  }
}
