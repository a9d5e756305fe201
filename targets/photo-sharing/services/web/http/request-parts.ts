import type { FastifyRequest } from 'fastify';
import { badRequest } from '../problems.ts';
import { parsePosition, type ReadPosition } from '../read-position.ts';

/** The session of a mobile client (`authorization: Bearer`) or of a browser (cookie `session`). */
export function sessionToken(request: FastifyRequest): string | undefined {
  const bearer = /^Bearer (?<token>\S+)$/i.exec(request.headers.authorization ?? '')?.groups?.token;
  return bearer ?? cookie(request, 'session');
}

/** Where the client has last written, from the header `x-read-position` or the cookie `position`. */
export function readPosition(request: FastifyRequest): ReadPosition | undefined {
  const text = header(request, 'x-read-position') ?? cookie(request, 'position');
  return text === undefined || text === '' ? undefined : parsePosition(text);
}

/** @throws RequestProblem 400 when a write comes without its key. */
export function idempotencyKey(request: FastifyRequest): string {
  return checkedKey(header(request, 'idempotency-key'));
}

/** @throws RequestProblem 400 */
export function checkedKey(key: string | undefined): string {
  if (key === undefined || key === '') throw badRequest('idempotency-key-missing');
  if (!/^[\x21-\x7e]{1,200}$/.test(key)) throw badRequest('idempotency-key-malformed');
  return key;
}

/** The first value of a header. */
function header(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function cookie(request: FastifyRequest, name: string): string | undefined {
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const [key = '', ...value] = part.split('=');
    if (key.trim() === name) return value.join('=').trim() || undefined;
  }
  return undefined;
}
