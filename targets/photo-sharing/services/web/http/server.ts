import { type FastifyInstance, fastify } from 'fastify';
import type { Logger } from '../../log.ts';
import { accountRoutes } from '../api/accounts.ts';
import { ledgerRoutes } from '../api/ledger.ts';
import { photoRoutes } from '../api/photos.ts';
import { reactionRoutes } from '../api/reactions.ts';
import { sessionRoutes } from '../api/sessions.ts';
import { assetRoutes } from '../pages/assets.ts';
import { pageRoutes } from '../pages/routes.ts';
import { RequestProblem } from '../problems.ts';
import type { Site } from '../site.ts';
import { failureBody, problemOf, stampFailure } from './failures.ts';
import { healthRoutes } from './health.ts';
import type { Observations } from './observations.ts';

/** A photo of 64 KiB in base64, and a caption. */
const BODY_BYTES_MAX = 128 * 1024;

export interface WebServerOptions {
  site: Site;
  node: string;
  zone: string;
  /** Requests of users worked on at one time; more are refused at once, so that what is accepted stays quick. */
  inFlightMax: number;
  /** Users are refused whose requests do not carry it as `x-entry-token`; undefined: anybody may ask. */
  entryToken: string | undefined;
  observations: Observations;
  log: Logger;
  /** False from the moment the server wants no new requests. */
  isServing: () => boolean;
}

/** The photo-sharing site as one HTTP server: JSON for mobile clients, HTML for browsers. */
export function createWebServer(options: WebServerOptions): FastifyInstance {
  const { site, node, zone, inFlightMax, entryToken, observations, log, isServing } = options;
  const server = fastify({
    bodyLimit: BODY_BYTES_MAX,
    // What still arrives on a kept connection while the server stops is served.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 200 },
  });
  observations.observe(server);
  server.addHook('onRequest', async (request, reply) => {
    reply.headers({ 'x-served-by': node, 'x-zone': zone });
    if (request.routeOptions.config.isProbe === true) return;
    const isThroughEntry = entryToken === undefined || request.headers['x-entry-token'] === entryToken;
    if (!isThroughEntry) throw new RequestProblem(403, 'not-through-the-load-balancer');
    if (observations.inFlight > inFlightMax) throw new RequestProblem(503, 'overloaded');
  });
  server.setErrorHandler<Parameters<typeof problemOf>[0]>((error, request, reply) => {
    const problem = problemOf(error);
    stampFailure(log, request, reply, problem);
    return reply.send(failureBody(problem));
  });
  server.setNotFoundHandler(() => {
    throw new RequestProblem(404, 'no-such-page');
  });
  server.register(healthRoutes, { registry: observations.registry, isServing });
  for (const routes of [accountRoutes, sessionRoutes, photoRoutes, reactionRoutes, ledgerRoutes, assetRoutes]) {
    server.register(routes, { site });
  }
  server.register(pageRoutes, { site, log });
  return server;
}
