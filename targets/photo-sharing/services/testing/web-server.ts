import { randomUUID } from 'node:crypto';
import type { Program } from './programs.ts';
import { servingLine, startService } from './service.ts';

/** Far beyond the site's own deadlines: an answer that takes longer is not coming. */
const ANSWER_LIMIT_MS = 20_000;

export interface TestWebServerOptions {
  name?: string;
  cachePort: number;
  writePort: number;
  readPort: number;
  environment?: Record<string, string>;
}

export interface TestRequest {
  session?: string | undefined;
  position?: string | undefined;
  /** The idempotency key; writes get a fresh one by default. */
  key?: string;
  headers?: Record<string, string>;
  json?: unknown;
  form?: Record<string, string>;
}

export interface TestAnswer {
  status: number;
  headers: Headers;
  text: string;
  /** Empty when the body is no JSON object. */
  json: TestBody;
}

/** Whatever the site may answer; which of it is there is what tests look at. */
export interface TestBody {
  id?: string;
  writtenBy?: string;
  epoch?: number;
  session?: string;
  caption?: string;
  name?: string;
  error?: string;
  outcome?: string;
  photos?: { id: string; userName: string; likes: number; imageUrl: string }[];
  writes?: { writeId: string; present: boolean }[];
}

/** A web server as a process, and an HTTP client for it. */
export class TestWebServer {
  readonly program: Program;
  readonly url: string;

  private constructor(program: Program, url: string) {
    this.program = program;
    this.url = url;
  }

  static async start(options: TestWebServerOptions): Promise<TestWebServer> {
    const { name = 'web-1.us-east', cachePort, writePort, readPort, environment } = options;
    const program = startService('web', {
      FAULTLINE_NODE: name,
      FAULTLINE_ZONE: 'us-east',
      FAULTLINE_RUN: 'test',
      WEB_LISTEN: '127.0.0.1:0',
      CACHES: `cache-1.us-east=127.0.0.1:${cachePort}`,
      SQL_WRITE: `127.0.0.1:${writePort}`,
      SQL_READ: `127.0.0.1:${readPort}`,
      ...environment,
    });
    return new TestWebServer(program, String((await servingLine(program)).address));
  }

  async send(method: string, path: string, request: TestRequest = {}): Promise<TestAnswer> {
    const { session, position, key = randomUUID(), json, form } = request;
    const headers = {
      ...(session === undefined ? {} : { authorization: `Bearer ${session}` }),
      ...(position === undefined ? {} : { 'x-read-position': position }),
      ...(method === 'GET' || form !== undefined ? {} : { 'idempotency-key': key }),
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...request.headers,
    };
    const body = form === undefined ? JSON.stringify(json) : new URLSearchParams(form);
    const signal = AbortSignal.timeout(ANSWER_LIMIT_MS);
    const init = { method, headers, signal, redirect: 'manual' as const, ...(body === undefined ? {} : { body }) };
    const response = await fetch(this.url + path, init);
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: text.startsWith('{') ? JSON.parse(text) : {},
    };
  }

  async get(path: string, request: TestRequest = {}): Promise<TestAnswer> {
    return await this.send('GET', path, request);
  }

  async post(path: string, json: unknown, request: TestRequest = {}): Promise<TestAnswer> {
    return await this.send('POST', path, { ...request, json });
  }

  /** Makes an account and logs in. */
  async newUser(id: string): Promise<{ id: string; session: string }> {
    const account = await this.post('/api/accounts', { id, name: id.toUpperCase(), password: 'secret' });
    const { json, text } = await this.post('/api/sessions', { userId: id, password: 'secret' });
    if (json.session === undefined) throw new Error(`no session for ${id}: ${account.text}, then ${text}`);
    return { id, session: json.session };
  }

  async stop(): Promise<void> {
    await this.program.stop('SIGKILL');
  }
}

/** The smallest PNG: one pixel. */
export const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
