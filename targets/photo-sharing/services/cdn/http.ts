import fastify, { type FastifyInstance } from 'fastify';
import type { Observations } from './observations.ts';
import { purge } from './purge.ts';

const ASSETS_LISTED_MAX = 100;

/**
 * For operators and Prometheus, on a port that clients do not reach: GET /metrics; GET /assets, what each asset costs,
 * most first; DELETE /assets/<file>, 204 when its copy was removed, 404 when there was none.
 */
export function createHttp(directory: string, { registry, traffic }: Observations): FastifyInstance {
  const server = fastify({ logger: false, forceCloseConnections: true });
  server.get('/metrics', async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()));
  server.get('/assets', () => traffic.heaviest(ASSETS_LISTED_MAX));
  server.delete<{ Params: { file: string } }>('/assets/:file', async ({ params }, reply) => {
    const removed = await purge(directory, `/assets/${params.file}`);
    return reply.code(removed ? 204 : 404).send();
  });
  return server;
}
