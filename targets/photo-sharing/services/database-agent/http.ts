import fastify, { type FastifyInstance } from 'fastify';
import type { Agent } from './agent.ts';
import type { AgentMetrics } from './metrics.ts';
import type { PromiseRequest } from './promise-keeper.ts';

/**
 * What load balancers, the other agent and Prometheus ask of this agent. Every answer is computed at the moment of the
 * request, so that a resumed process never answers from before it was stopped.
 */
export function createHttp(agent: Agent, metrics: AgentMetrics): FastifyInstance {
  const { state } = agent;
  const server = fastify({ logger: false, forceCloseConnections: true });
  const health = (path: string, serves: () => boolean) =>
    server.get(path, (_request, reply) => {
      const { node } = state.settings;
      return reply.code(serves() ? 200 : 503).send({ node, role: state.role, epoch: state.epoch });
    });
  health('/primary', () => state.servesAsPrimary);
  health('/replica', () => state.servesReads);
  health('/standby', () => state.streaming);
  server.get('/state', () => state.toJson());
  server.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()));
  server.post<{ Body: PromiseRequest }>('/promise', { schema: { body: PROMISE_SCHEMA } }, (request, reply) => {
    const answer = agent.promise(request.body);
    return answer.granted
      ? reply.send({ promiseMs: answer.promiseMs })
      : reply.code(409).send({ error: 'no-promise', reason: answer.reason });
  });
  return server;
}

const PROMISE_SCHEMA = {
  type: 'object',
  required: ['from', 'epoch'],
  properties: { from: { type: 'string' }, epoch: { type: 'integer' } },
} as const;
