import { createServer, type Server } from 'node:http';
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Resolution } from './answers.ts';
import type { Transport } from './name-server.ts';

export interface ObservationsOptions {
  datacenters: readonly string[];
  isUp: (datacenter: string) => boolean;
  /** What GET /state answers. */
  state: () => unknown;
}

/** The name server's metrics, and the HTTP server that shows them: /metrics, /state, /healthz. */
export class Observations {
  readonly #registry = new Registry();
  readonly #queries: Counter<'transport' | 'code' | 'datacenter'>;
  readonly #checks: Counter<'datacenter' | 'outcome'>;
  readonly #state: () => unknown;

  constructor({ datacenters, isUp, state }: ObservationsOptions) {
    const registers = [this.#registry];
    this.#state = state;
    this.#queries = new Counter({
      name: 'geodns_queries_total',
      help: 'Questions by transport, response code and answered datacenter',
      labelNames: ['transport', 'code', 'datacenter'],
      registers,
    });
    this.#checks = new Counter({
      name: 'geodns_health_checks_total',
      help: 'Health checks by datacenter and outcome',
      labelNames: ['datacenter', 'outcome'],
      registers,
    });
    new Gauge({
      name: 'geodns_datacenter_up',
      help: 'Whether clients are sent to the datacenter (1) or away from it (0)',
      labelNames: ['datacenter'],
      registers,
      collect() {
        for (const datacenter of datacenters) this.set({ datacenter }, isUp(datacenter) ? 1 : 0);
      },
    });
    collectDefaultMetrics({ register: this.#registry });
  }

  countAnswer(transport: Transport, { code, datacenter = 'none' }: Resolution): void {
    this.#queries.inc({ transport, code, datacenter });
  }

  countCheck(datacenter: string, healthy: boolean): void {
    this.#checks.inc({ datacenter, outcome: healthy ? 'healthy' : 'failed' });
  }

  createServer(): Server {
    return createServer(async (request, response) => {
      const json = (value: unknown) =>
        response.setHeader('content-type', 'application/json').end(JSON.stringify(value));
      const path = new URL(request.url ?? '/', 'http://geodns').pathname;
      if (path === '/healthz') return void json({ status: 'serving' });
      if (path === '/state') return void json(this.#state());
      if (path !== '/metrics') return void response.writeHead(404).end();
      response.setHeader('content-type', this.#registry.contentType).end(await this.#registry.metrics());
    });
  }
}
