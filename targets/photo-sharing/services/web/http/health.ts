import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Asked by machines: never refused for load. */
    isProbe?: boolean;
  }
}

export interface HealthOptions {
  registry: Registry;
  isServing: () => boolean;
}

/** GET /healthz asks nothing of the database or the cache: their failure is no reason to take a web server away. */
export async function healthRoutes(server: FastifyInstance, { registry, isServing }: HealthOptions): Promise<void> {
  server.get('/healthz', { config: { isProbe: true } }, async (_request, reply) => {
    const serving = isServing();
    return reply.code(serving ? 200 : 503).send({ status: serving ? 'serving' : 'stopping' });
  });
  server.get('/metrics', { config: { isProbe: true } }, async (_request, reply) => {
    return reply.type(registry.contentType).send(await registry.metrics());
  });
}
