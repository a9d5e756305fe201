import type { Dispatcher } from 'undici';
import type { ClientRequest, ClientResponse } from '../../model/workload.ts';

/** Pages and images of a test site are far smaller; a body without end must not eat the generator. */
const BODY_BYTES_MAX = 4 * 1024 * 1024;

/** What is thrown at a connection to give it up; it never leaves this file. */
class GivenUp extends Error {
  readonly reason: string;
  constructor(reason: string) {
    super(reason);
    this.reason = reason;
  }
}

/**
 * One HTTP request and its answer, sent at most once. After `timeoutMs` the answer is not waited for any more and its
 * connection is destroyed, so that nobody sends into a black hole twice. `maybeSent` is false only when not a byte of
 * the request had been handed to a connection.
 */
export function exchange(
  dispatcher: Dispatcher,
  { method, path, headers = {}, body }: ClientRequest,
  timeoutMs: number,
): Promise<ClientResponse> {
  const { promise, resolve } = Promise.withResolvers<ClientResponse>();
  let sent: Dispatcher.DispatchController | undefined;
  let ended = false;
  let response: Pick<ClientResponse, 'status' | 'headers' | 'cookies'> = { status: 0, headers: {}, cookies: [] };
  const chunks: Buffer[] = [];
  let bytes = 0;

  const end = (error?: string): void => {
    if (ended) return;
    ended = true;
    clearTimeout(timer);
    const maybeSent = sent !== undefined;
    if (error === undefined) resolve({ ...response, body: Buffer.concat(chunks).toString('utf8'), maybeSent });
    else resolve({ status: 0, headers: {}, cookies: [], body: '', error, maybeSent });
  };
  const giveUp = (reason: string): void => {
    end(reason);
    sent?.abort(new GivenUp(reason));
  };
  const timer = setTimeout(() => giveUp('timeout'), timeoutMs);

  dispatcher.dispatch(
    { method, path, headers, body: body ?? null, headersTimeout: 0, bodyTimeout: 0 },
    {
      onRequestStart(controller) {
        // Called anew when the client library wants to repeat a request: a load generator must not.
        const repeated = sent !== undefined;
        if (repeated || ended) controller.abort(new GivenUp('connection-reset'));
        else sent = controller;
      },
      onResponseStart(_controller, status, received) {
        if (status < 200) return;
        const { 'set-cookie': cookies = [], ...others } = received;
        const single = Object.entries(others).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]);
        response = { status, headers: Object.fromEntries(single), cookies: [cookies].flat() };
      },
      onResponseData(_controller, chunk) {
        bytes += chunk.length;
        if (bytes > BODY_BYTES_MAX) giveUp('body-too-large');
        else chunks.push(chunk);
      },
      onResponseEnd: () => end(),
      onResponseError: (_controller, error) => end(errorName(error)),
    },
  );
  return promise;
}

/** The words of the history for what went wrong on a connection. */
function errorName(error: Error): string {
  if (error instanceof GivenUp) return error.reason;
  if (error.name === 'HTTPParserError') return 'malformed-answer';
  const code = 'code' in error ? String(error.code) : error.name;
  if (code === 'ECONNREFUSED') return 'connection-refused';
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT') return 'timeout';
  if (['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes(code)) return 'connection-reset';
  return code.toLowerCase().replaceAll('_', '-');
}
