import { createServer, type Server } from 'node:http';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

/** The autoscaler's metrics, and the HTTP server that shows them: /metrics, /healthz. */
export class Observations {
  readonly #registry = new Registry();
  readonly #wanted: Gauge;
  readonly #running: Gauge;
  readonly #utilisation: Gauge;

  constructor() {
    const gauge = (name: string, help: string) => new Gauge({ name, help, registers: [this.#registry] });
    this.#wanted = gauge('autoscaler_web_servers_wanted', 'Web servers that there should be');
    this.#running = gauge('autoscaler_web_servers_running', 'Web servers that answer');
    this.#utilisation = gauge(
      'autoscaler_utilisation',
      'Mean requests in flight, as a share of what the running web servers work on at most',
    );
    collectDefaultMetrics({ register: this.#registry });
  }

  observe({ wanted, running, utilisation }: { wanted: number; running: number; utilisation: number }): void {
    this.#wanted.set(wanted);
    this.#running.set(running);
    this.#utilisation.set(utilisation);
  }

  createServer(): Server {
    return createServer(async (request, response) => {
      const path = new URL(request.url ?? '/', 'http://autoscaler').pathname;
      if (path === '/healthz') {
        return void response.setHeader('content-type', 'application/json').end('{"status":"serving"}');
      }
      if (path !== '/metrics') return void response.writeHead(404).end();
      response.setHeader('content-type', this.#registry.contentType).end(await this.#registry.metrics());
    });
  }
}
