import type { ClientResponse, OperationResult } from '../../../harness/model/workload.ts';

/** What a read came to: only an answer as expected is `ok`, and whatever else happened, nothing changed. */
export function readOutcome(response: ClientResponse): OperationResult {
  return { ...seen(response), outcome: isExpected(response) ? 'ok' : 'fail', ...problemOf(response) };
}

/**
 * What a write came to. It is a `fail` only when it certainly did not happen: it never left the client, the site
 * refused it, or the site vouches that nothing was committed. Errors of proxies on the way say nothing of that.
 */
export function writeOutcome(response: ClientResponse): OperationResult {
  return { ...seen(response), outcome: outcomeOfWrite(response), ...problemOf(response) };
}

function outcomeOfWrite(response: ClientResponse): OperationResult['outcome'] {
  if (isExpected(response)) return 'ok';
  if (response.status === 0) return response.maybeSent ? 'info' : 'fail';
  if (response.status < 500) return 'fail';
  return vouchedOutcome(response) === 'not-applied' ? 'fail' : 'info';
}

function isExpected({ status }: ClientResponse): boolean {
  return status >= 200 && status < 400;
}

/** The site's own word: a header on pages and on the API alike, and a field of the API's body. */
function vouchedOutcome({ headers, body }: ClientResponse): unknown {
  return headers['x-outcome'] ?? fieldsOf(body).outcome;
}

function problemOf(response: ClientResponse): Pick<OperationResult, 'error' | 'loggedOut' | 'value'> {
  if (isExpected(response)) return {};
  if (response.status === 0) return { error: response.error ?? 'no-answer' };
  const { error: code } = fieldsOf(response.body);
  return {
    error: `http-${response.status}`,
    ...(response.status === 401 ? { loggedOut: true } : {}),
    ...(typeof code === 'string' ? { value: { code } } : {}),
  };
}

/** What the headers say of who answered, and from which data. */
function seen({ status, headers, datacenter }: ClientResponse): Omit<OperationResult, 'outcome'> {
  const {
    'x-served-by': servedBy,
    'x-written-by': writtenBy,
    'x-epoch': epoch,
    'x-read-from': readFrom,
    'x-staleness-ms': stalenessMs,
  } = headers;
  return {
    status,
    ...(datacenter === undefined ? {} : { datacenter }),
    ...(servedBy === undefined ? {} : { servedBy }),
    ...(writtenBy === undefined ? {} : { writtenBy }),
    ...(epoch === undefined ? {} : { epoch: Number(epoch) }),
    ...(readFrom === undefined ? {} : { readFrom }),
    ...(stalenessMs === undefined ? {} : { stalenessMs: Number(stalenessMs) }),
  };
}

/** The fields of a JSON object; none when it is something else, such as a page or a proxy's error. */
export function fieldsOf(body: string): Record<string, unknown> {
  if (!body.startsWith('{')) return {};
  try {
    return JSON.parse(body) as Record<string, unknown>;
  } catch {
    return {};
  }
}
