import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Access, CacheStatus } from './access-log.ts';
import { Traffic } from './traffic.ts';

/** Assets with a series of their own. */
const ASSETS_SHOWN = 10;
/** A series that begins with its first event has no rate for it: the usual ones are there from the start. */
const USUAL: readonly CacheStatus[] = ['hit', 'miss', 'expired', 'stale', 'updating'];

/** The edge's metrics. nginx has none of its own: they are counted from its log. */
export class Observations {
  readonly registry = new Registry();
  readonly traffic = new Traffic();
  readonly #requests: Counter<'cache' | 'status'>;
  readonly #originRequests: Counter<'outcome'>;
  readonly #bytes: Counter;

  constructor() {
    const registers = [this.registry];
    this.#requests = new Counter({
      name: 'cdn_requests_total',
      help: 'Answered requests by how the cache stood to them: a stale copy was given although its time was over, an expired one was not',
      labelNames: ['cache', 'status'],
      registers,
    });
    this.#originRequests = new Counter({
      name: 'cdn_origin_requests_total',
      help: 'Requests for which the origin was asked: failed when no try got an answer without a server error',
      labelNames: ['outcome'],
      registers,
    });
    this.#bytes = new Counter({ name: 'cdn_egress_bytes_total', help: 'Sent to clients, without headers', registers });
    const { traffic } = this;
    new Gauge({
      name: 'cdn_asset_egress_bytes',
      help: `Sent to clients since the start, for the ${ASSETS_SHOWN} assets with most of it; the rest is one series`,
      labelNames: ['asset'],
      registers,
      collect() {
        this.reset();
        const { assets, otherBytes } = traffic.heaviest(ASSETS_SHOWN);
        for (const { path, bytes } of assets) this.set({ asset: path }, bytes);
        this.set({ asset: 'other' }, otherBytes);
      },
    });
    for (const cache of USUAL) this.#requests.inc({ cache, status: 200 }, 0);
    for (const outcome of ['answered', 'failed']) this.#originRequests.inc({ outcome }, 0);
    collectDefaultMetrics({ register: this.registry });
  }

  count(access: Access): void {
    const { cache, status, bytes, originAnswered } = access;
    this.#requests.inc({ cache, status });
    this.#bytes.inc(bytes);
    if (originAnswered !== undefined) this.#originRequests.inc({ outcome: originAnswered ? 'answered' : 'failed' });
    this.traffic.add(access);
  }
}
