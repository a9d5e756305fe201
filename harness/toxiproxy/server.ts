import type { AddressInfo } from 'node:net';
import { Problem } from '../base/errors.ts';
import { seededRandom } from '../base/random.ts';
import { formatAddress } from './addresses.ts';
import { createApiServer } from './api/http.ts';
import { createRouter } from './api/routes.ts';
import { EventHub, type EventListener } from './events.ts';
import { LeaseBook } from './leases.ts';
import { parseFirstJsonValue } from './lenient-json.ts';
import type { Metrics } from './metrics.ts';
import { Registry } from './registry.ts';
import { systemScheduler } from './scheduler.ts';

export interface ToxiproxyServerOptions {
  /** Default 127.0.0.1: whoever reaches the API may cut every connection. */
  host?: string;
  /** Default 0: any free port. */
  port?: number;
  /** Same seed and same order of connections give the same draws. Default 1. */
  seed?: number | string;
  /** Serve `GET /metrics`. Default false. */
  metrics?: boolean;
  /** The text of a populate request: proxies (with toxics) to begin with. */
  config?: string;
  ownerLease?: OwnerLease;
}

/** The dead-man switch of the whole server: its owner must `POST /leases` more often than this. */
export interface OwnerLease {
  durationMs: number;
  /** Called one further lease time after every leased toxic has ended. */
  onAbandoned: () => void;
}

export interface ToxiproxyServer {
  /** `http://127.0.0.1:8474`: what a client library wants. */
  readonly url: string;
  readonly address: { host: string; port: number };
  /** What the proxies do, as in `GET /events`; returns the function that ends the subscription. */
  subscribe(listener: EventListener): () => void;
  /** Stops every proxy and the API; resolves when the ports are free. */
  close(): Promise<void>;
}

/**
 * Starts a Toxiproxy-compatible server in this process.
 * @throws Problem `toxiproxy-config` when the first proxies cannot be made, the system's error when the port is taken.
 */
export async function startToxiproxyServer(options: ToxiproxyServerOptions = {}): Promise<ToxiproxyServer> {
  const { host = '127.0.0.1', port = 0, seed = 1, config, ownerLease } = options;
  const events = new EventHub();
  const leases = new LeaseBook(systemScheduler);
  const registry = new Registry({
    scheduler: systemScheduler,
    random: seededRandom(seed),
    events,
    leases,
    delayed: (proxy, direction, durationMs) => metrics?.observeDelay(proxy, direction, durationMs),
  });
  const metrics = options.metrics === true ? await loadMetrics(registry) : undefined;
  const owner = ownerLease === undefined ? undefined : watchOwner(leases, ownerLease);
  const api = createApiServer(
    createRouter({ registry, leases, events, onRenewal: () => owner?.renewed(), metrics: metrics?.page }),
  );
  const close = async (): Promise<void> => {
    owner?.stop();
    leases.clear();
    registry.dispose();
    api.closeAllConnections();
    await new Promise((resolve) => api.close(resolve));
  };
  try {
    await new Promise<void>((resolve, reject) => {
      api.once('error', reject);
      api.listen({ host, port }, resolve);
    });
    if (config !== undefined) await populate(registry, config);
  } catch (thrown) {
    await close();
    throw thrown;
  }
  const bound = api.address() as AddressInfo;
  const address = { host: bound.address, port: bound.port };
  return {
    url: `http://${formatAddress(address)}`,
    address,
    subscribe: (listener) => events.subscribe(listener),
    close,
  };
}

/** Costs memory, so only when asked for. */
async function loadMetrics(registry: Registry): Promise<Metrics> {
  const { createMetrics } = await import('./metrics.ts');
  return createMetrics(registry);
}

async function populate(registry: Registry, config: string): Promise<void> {
  const { error } = await registry.populate(parseFirstJsonValue(config));
  if (error === undefined) return;
  throw new Problem(`The proxies of the configuration could not be made: ${error.message}`, {
    code: 'toxiproxy-config',
    hint: 'The file holds a JSON list of {"name","listen","upstream","enabled","toxics"}.',
    cause: error,
  });
}

/** After one lease time without renewal every lease ends, after a second one the owner counts as gone. */
function watchOwner(leases: LeaseBook, { durationMs, onAbandoned }: OwnerLease) {
  let silentFor = 0;
  const alarm = systemScheduler.alarm(() => {
    silentFor += 1;
    if (silentFor > 1) return onAbandoned();
    leases.endAll();
    restart();
  });
  const restart = () => alarm.set(systemScheduler.nowMs() + durationMs);
  restart();
  return {
    renewed: () => {
      silentFor = 0;
      restart();
    },
    stop: () => alarm.clear(),
  };
}
