import { trace } from '@opentelemetry/api';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Cache } from '../cache.ts';
import type { CacheResult, ContentKind } from '../content.ts';
import { ContentViews } from '../content-views.ts';
import type { SqlConnections } from '../sql-connections.ts';
import type { FallbackReason } from '../sql-read.ts';

const DURATION_BUCKETS_S = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2.5, 5];
/** Their requests are not the users': they would dilute every ratio. */
const UNOBSERVED_PATHS = new Set(['/healthz', '/metrics']);
/** nginx's word for a client that left before its answer. */
const STATUS_CLIENT_LEFT = 499;

/** The web server's metrics, each made once for one registry. */
export class Observations {
  readonly registry = new Registry();
  readonly #requests: Counter<'route' | 'method' | 'status'>;
  readonly #durations: Histogram<'route' | 'method' | 'status'>;
  readonly #writes: Counter<'kind' | 'outcome'>;
  readonly #fallbacks: Counter<'reason'>;
  readonly #cacheErrors: Counter<'cache'>;
  readonly #lookUps: Counter<'kind' | 'result'>;
  readonly #loads: Counter<'kind'>;
  readonly #views = new ContentViews();
  #inFlight = 0;
  /** Of all requests together, up to the last change. */
  #inFlightSeconds = 0;
  #lastChangeMs = performance.now();
  #lastRequestMs = Number.NEGATIVE_INFINITY;

  constructor({ inFlightMax }: { inFlightMax: number }) {
    const registers = [this.registry];
    const limit = {
      name: 'http_requests_in_flight_max',
      help: 'Requests of users that it works on at most',
      registers,
    };
    new Gauge(limit).set(inFlightMax);
    const labelNames = ['route', 'method', 'status'] as const;
    this.#requests = new Counter({ name: 'http_requests_total', help: 'Requests of users', labelNames, registers });
    this.#durations = new Histogram({
      name: 'http_request_duration_seconds',
      help: 'From the arrival of a request of a user to the end of its answer',
      labelNames,
      buckets: DURATION_BUCKETS_S,
      registers,
    });
    const help = 'Writes by kind and by what became of them';
    this.#writes = new Counter({ name: 'writes_total', help, labelNames: ['kind', 'outcome'], registers });
    this.#fallbacks = new Counter({
      name: 'sql_read_fallbacks_total',
      help: 'Reads that went to the primary instead of the nearest copy, by reason',
      labelNames: ['reason'],
      registers,
    });
    this.#cacheErrors = new Counter({
      name: 'cache_errors_total',
      help: 'Calls that a cache did not answer; another one was asked instead, if there is one',
      labelNames: ['cache'],
      registers,
    });
    this.#lookUps = new Counter({
      name: 'content_look_ups_total',
      help: 'Looks into the cache for what people look at, by what was found: older is too old for who asked',
      labelNames: ['kind', 'result'],
      registers,
    });
    this.#loads = new Counter({
      name: 'content_loads_total',
      help: 'Loads of what people look at from the database, because the cache did not have it',
      labelNames: ['kind'],
      registers,
    });
    const observations = this;
    new Gauge({
      name: 'http_requests_in_flight',
      help: 'Requests of users being worked on',
      registers,
      collect() {
        this.set(observations.inFlight);
      },
    });
    new Counter({
      name: 'http_requests_in_flight_seconds_total',
      help: 'Seconds that were spent on requests of users, of all requests together: its rate is how many were in flight',
      registers,
      collect() {
        this.reset();
        this.inc(observations.#accrue());
      },
    });
    new Gauge({
      name: 'content_views_recent',
      help: 'Photos and profiles that were looked at in the last 5 s',
      registers,
      collect() {
        this.set(observations.#views.recent().viewsOfAll);
      },
    });
    new Gauge({
      name: 'content_views_hottest',
      help: 'Those of the one user who was looked at most',
      labelNames: ['owner'],
      registers,
      collect() {
        this.reset();
        const { hottest } = observations.#views.recent();
        if (hottest !== undefined) this.set({ owner: hottest.owner }, hottest.views);
      },
    });
    collectDefaultMetrics({ register: this.registry });
  }

  /** Requests of users being worked on. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** How long ago the last request of a user arrived. */
  get quietMs(): number {
    return performance.now() - this.#lastRequestMs;
  }

  countWrite(kind: string, outcome: string): void {
    this.#writes.inc({ kind, outcome });
  }

  countFallback(reason: FallbackReason): void {
    this.#fallbacks.inc({ reason });
  }

  /** Somebody looked at a photo or at the profile of this user. */
  countView(owner: string): void {
    this.#views.add(owner);
  }

  countLookUp(kind: ContentKind, result: CacheResult): void {
    this.#lookUps.inc({ kind, result });
  }

  countLoad(kind: ContentKind): void {
    this.#loads.inc({ kind });
  }

  countCacheError(cache: string): void {
    this.#cacheErrors.inc({ cache });
  }

  watchCaches(caches: readonly Cache[]): void {
    new Gauge({
      name: 'cache_connected',
      help: '1 while the cache can be asked from here, else 0',
      labelNames: ['cache'],
      registers: [this.registry],
      collect() {
        for (const { name, isConnected } of caches) this.set({ cache: name }, isConnected ? 1 : 0);
      },
    });
  }

  watchConnections(all: readonly SqlConnections[]): void {
    new Gauge({
      name: 'sql_connections',
      help: 'Connections to the database by state; waiting are requests without one',
      labelNames: ['connections', 'state'],
      registers: [this.registry],
      collect() {
        for (const { name, counts } of all) {
          for (const [state, count] of Object.entries(counts)) this.set({ connections: name, state }, count);
        }
      },
    });
  }

  /** Counts and times every request from now on, and names its span by its route. */
  observe(server: FastifyInstance): void {
    server.addHook('onRequest', async (request, reply) => {
      const route = request.routeOptions.url ?? 'unknown';
      if (UNOBSERVED_PATHS.has(route)) return;
      trace.getActiveSpan()?.updateName(`${request.method} ${route}`).setAttribute('http.route', route);
      this.#watch(request, reply, route);
    });
  }

  /** The seconds up to now. */
  #accrue(): number {
    const nowMs = performance.now();
    this.#inFlightSeconds += (this.#inFlight * (nowMs - this.#lastChangeMs)) / 1000;
    this.#lastChangeMs = nowMs;
    return this.#inFlightSeconds;
  }

  /** Until `close`, which comes after the answer and also when the client leaves without it. */
  #watch(request: FastifyRequest, reply: FastifyReply, route: string): void {
    const startMs = performance.now();
    this.#lastRequestMs = startMs;
    this.#accrue();
    this.#inFlight += 1;
    reply.raw.once('close', () => {
      this.#accrue();
      this.#inFlight -= 1;
      const status = String(reply.raw.writableFinished ? reply.statusCode : STATUS_CLIENT_LEFT);
      const labels = { route, method: request.method, status };
      this.#requests.inc(labels);
      this.#durations.observe(labels, (performance.now() - startMs) / 1000);
    });
  }
}
