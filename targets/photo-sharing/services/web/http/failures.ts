import { trace } from '@opentelemetry/api';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../../log.ts';
import { RequestProblem } from '../problems.ts';

/**
 * Every error as a RequestProblem: what Fastify refused (malformed, too large) keeps its status; anything unforeseen
 * becomes 500. What was sent to COMMIT never gets here unclassified, so the outcome is `not-applied`.
 */
export function problemOf(error: FastifyError | RequestProblem): RequestProblem {
  if (error instanceof RequestProblem) return error;
  const status = error.statusCode ?? 500;
  if (error.validation !== undefined) return new RequestProblem(400, 'request-malformed', { cause: error });
  if (status < 500) return new RequestProblem(status, 'request-refused', { cause: error });
  return new RequestProblem(500, 'internal', { cause: error });
}

/** Sets status and headers of a failed request, and logs it with its cause when it is a failure of ours. */
export function stampFailure(log: Logger, request: FastifyRequest, reply: FastifyReply, problem: RequestProblem): void {
  reply.code(problem.status).header('x-outcome', problem.outcome).header('cache-control', 'no-store');
  trace.getActiveSpan()?.setAttributes({ 'error.type': problem.code, 'photos.outcome': problem.outcome });
  if (problem.status < 500) return;
  const { code, outcome, cause } = problem;
  const reason = cause instanceof Error ? cause.message : undefined;
  const fields = { code, outcome, reason, method: request.method, route: request.routeOptions.url };
  if (problem.status === 500) log.error({ ...fields, err: cause }, 'a request failed unforeseen');
  else log.warn(fields, 'a request failed');
}

/** The JSON body of an error. */
export function failureBody(problem: RequestProblem): Record<string, unknown> {
  const detail = problem.status < 500 && problem.cause instanceof Error ? { detail: problem.cause.message } : {};
  return { error: problem.code, outcome: problem.outcome, ...detail };
}
