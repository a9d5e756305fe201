import { Counter, Gauge, Histogram, Registry as MetricsRegistry } from 'prom-client';
import type { ToxicProxy } from './proxy.ts';
import type { Registry } from './registry.ts';
import type { Direction } from './toxic.ts';

const DIRECTIONS: readonly Direction[] = ['upstream', 'downstream'];
const PROXY_LABELS = ['listener', 'proxy', 'upstream'] as const;
const STREAM_LABELS = ['direction', ...PROXY_LABELS] as const;

type ProxyLabels = Record<(typeof PROXY_LABELS)[number], string>;
type StreamLabels = Record<(typeof STREAM_LABELS)[number], string>;

export interface Metrics {
  page(): Promise<{ text: string; contentType: string }>;
  /** A chunk was held by a toxic for this long. */
  observeDelay(proxy: ToxicProxy, direction: Direction, durationMs: number): void;
}

/**
 * What `GET /metrics` shows. The data plane only counts in plain fields; they are read when somebody asks. The first two
 * names are the original server's.
 */
export function createMetrics(registry: Registry): Metrics {
  const page = new MetricsRegistry();
  const addCounter = (name: string, help: string, read: (proxy: ToxicProxy, direction: Direction) => number) =>
    new Counter({
      name,
      help,
      labelNames: STREAM_LABELS,
      registers: [page],
      collect() {
        this.reset();
        for (const [proxy, direction] of streamsOf(registry)) {
          this.inc(streamLabels(proxy, direction), read(proxy, direction));
        }
      },
    });
  const addProxyCounter = (name: string, help: string, read: (proxy: ToxicProxy) => number) =>
    new Counter({
      name,
      help,
      labelNames: PROXY_LABELS,
      registers: [page],
      collect() {
        this.reset();
        for (const proxy of registry.all) this.inc(proxyLabels(proxy), read(proxy));
      },
    });

  addCounter('toxiproxy_proxy_received_bytes_total', 'Bytes read from the source of a stream.', (proxy, direction) => {
    return proxy.counters.bytes[direction].receivedBytes;
  });
  addCounter('toxiproxy_proxy_sent_bytes_total', 'Bytes written to the sink of a stream.', (proxy, direction) => {
    return proxy.counters.bytes[direction].sentBytes;
  });
  addProxyCounter('toxiproxy_proxy_connections_total', 'Connections accepted.', ({ counters }) => {
    return counters.acceptedConnections;
  });
  addProxyCounter('toxiproxy_proxy_connections_refused_total', 'Connections closed without an upstream.', (proxy) => {
    return proxy.counters.refusedConnections;
  });
  addProxyCounter('toxiproxy_proxy_dials_failed_total', 'Dials of the upstream that failed.', ({ counters }) => {
    return counters.failedDials;
  });
  addOpenConnections(page, registry);
  addActiveToxics(page, registry);
  const delays = addDelays(page);
  return {
    page: async () => ({ text: await page.metrics(), contentType: page.contentType }),
    observeDelay: (proxy, direction, durationMs) => {
      delays.observe({ direction, proxy: proxy.name }, durationMs / 1000);
    },
  };
}

function addOpenConnections(page: MetricsRegistry, registry: Registry): void {
  new Gauge({
    name: 'toxiproxy_proxy_connections_open',
    help: 'Connections open now.',
    labelNames: PROXY_LABELS,
    registers: [page],
    collect() {
      this.reset();
      for (const proxy of registry.all) this.set(proxyLabels(proxy), proxy.counters.openConnections);
    },
  });
}

function addActiveToxics(page: MetricsRegistry, registry: Registry): void {
  new Gauge({
    name: 'toxiproxy_proxy_toxics',
    help: 'Toxics on a stream now.',
    labelNames: STREAM_LABELS,
    registers: [page],
    collect() {
      this.reset();
      for (const [proxy, direction] of streamsOf(registry)) {
        const toxics = proxy.toxics.filter((toxic) => toxic.direction === direction);
        this.set(streamLabels(proxy, direction), toxics.length);
      }
    },
  });
}

function addDelays(page: MetricsRegistry): Histogram<'direction' | 'proxy'> {
  return new Histogram({
    name: 'toxiproxy_toxic_delay_seconds',
    help: 'How long toxics held a chunk.',
    labelNames: ['direction', 'proxy'],
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10],
    registers: [page],
  });
}

function* streamsOf(registry: Registry): Iterable<[ToxicProxy, Direction]> {
  for (const proxy of registry.all) for (const direction of DIRECTIONS) yield [proxy, direction];
}

function proxyLabels({ name, listen, upstream }: ToxicProxy): ProxyLabels {
  return { listener: listen, proxy: name, upstream };
}

function streamLabels(proxy: ToxicProxy, direction: Direction): StreamLabels {
  return { direction, ...proxyLabels(proxy) };
}
