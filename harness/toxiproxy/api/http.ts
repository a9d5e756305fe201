import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { ApiError, badRequestBody } from '../api-error.ts';
import { type JsonValue, parseFirstJsonValue } from '../lenient-json.ts';
import { toJson } from '../presentation.ts';

/** What a handler answers; a function writes the answer itself and keeps it open. */
export type Answer =
  | { status: number; json: unknown }
  | { status: number; text: string; contentType: string }
  | { stream: (response: ServerResponse) => void };

interface ApiRequest {
  /** Decoded parts of the path that the route left open. */
  readonly parameters: readonly string[];
  /** @throws ApiError 400 */
  body(): Promise<JsonValue>;
}

export type Handler = (request: ApiRequest) => Answer | Promise<Answer>;

/** Finds what a path offers, by method; undefined when there is nothing at that path. */
export type Router = (path: string) => { methods: Readonly<Record<string, Handler>>; parameters: string[] } | undefined;

/** Larger requests are answered with 413: a populate of 10,000 proxies with toxics fits. */
const BODY_BYTES_MAX = 16 * 1024 * 1024;
/** Idle keep-alive connections; client pools that reuse one a little later than Node's 5 s would see resets. */
const KEEP_ALIVE_MS = 75_000;

const ERROR_HEADERS = { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' };

/** Serves the routes with the original server's habits of status, headers and bodies. */
export function createApiServer(route: Router): Server {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, noDelay: true }, (request, response) => {
    response.on('error', ignoreError);
    void answer(route, request, response);
  });
  return server;
}

async function answer(route: Router, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const match = route(pathOf(request.url ?? ''));
  if (match === undefined) return send(response, 404, '404 page not found\n', ERROR_HEADERS);
  const handler = Object.hasOwn(match.methods, request.method ?? '') ? match.methods[request.method!] : undefined;
  if (handler === undefined) return send(response, 405, '', {});
  response.setHeader('X-Toxiproxy-Request-Id', randomBytes(10).toString('hex'));
  if (request.headers['user-agent']?.startsWith('Mozilla/')) {
    return send(response, 403, 'User agent not allowed\n', ERROR_HEADERS);
  }
  try {
    deliver(response, await handler({ parameters: match.parameters, body: () => readJson(request) }));
  } catch (thrown) {
    const error = thrown instanceof ApiError ? thrown : new ApiError(500, String(thrown));
    send(response, error.status, `${toJson({ error: error.message, status: error.status })}\n`, ERROR_HEADERS);
  }
}

function deliver(response: ServerResponse, answer: Answer): void {
  if ('stream' in answer) answer.stream(response);
  else if ('json' in answer) {
    const body = answer.json === undefined ? '' : toJson(answer.json);
    send(response, answer.status, body, { 'Content-Type': 'application/json' });
  } else send(response, answer.status, answer.text, { 'Content-Type': answer.contentType });
}

function send(response: ServerResponse, status: number, body: string, headers: Record<string, string>): void {
  if (status !== 204) response.setHeader('Content-Length', Buffer.byteLength(body));
  response.writeHead(status, headers);
  response.end(body);
}

function pathOf(url: string): string {
  const end = url.search(/[?#]/);
  return end === -1 ? url : url.slice(0, end);
}

async function readJson(request: IncomingMessage): Promise<JsonValue> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > BODY_BYTES_MAX) break;
      chunks.push(chunk);
    }
  } catch {
    throw badRequestBody('unexpected EOF');
  }
  if (length > BODY_BYTES_MAX) throw new ApiError(413, `request body: expected at most ${BODY_BYTES_MAX} bytes`);
  return parseFirstJsonValue(Buffer.concat(chunks).toString('utf8'));
}

/** A client that went away while it was answered. */
function ignoreError(): void {}
