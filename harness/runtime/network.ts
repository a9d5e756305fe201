import { type Proxy as EdgeProxy, Toxiproxy } from 'toxiproxy-node-client';
import { type Clock, systemClock } from '../base/clock.ts';
import { messageOf, Problem } from '../base/errors.ts';
import type { EdgeChange, NetworkControl } from '../model/running-target.ts';
import { type Address, formatAddress } from '../model/topology.ts';
import { cutWithPlainToxics, restoreFromPlainToxics } from './plain-cut.ts';
import type { WiredEdge } from './wiring.ts';

/** Every edge of a target as a proxy of one Toxiproxy server. */
export class ToxiproxyNetwork implements NetworkControl {
  readonly #proxies: ReadonlyMap<string, EdgeProxy>;
  readonly #clock: Clock;

  private constructor(proxies: ReadonlyMap<string, EdgeProxy>, clock: Clock) {
    this.#proxies = proxies;
    this.#clock = clock;
  }

  /** Creates the proxies on a server that runs, with the link's normal latency on each. */
  static async create(
    server: Address,
    edges: readonly WiredEdge[],
    clock: Clock = systemClock,
  ): Promise<ToxiproxyNetwork> {
    const proxies = await createProxies(new Toxiproxy(`http://${formatAddress(server)}`), edges);
    const network = new ToxiproxyNetwork(proxies, clock);
    await Promise.all(edges.map((edge) => network.#addLatency(edge)));
    return network;
  }

  async cut(edges: readonly string[]): Promise<EdgeChange[]> {
    return await this.#change(edges, cutWithPlainToxics);
  }

  async restore(edges: readonly string[]): Promise<EdgeChange[]> {
    return await this.#change(edges, restoreFromPlainToxics);
  }

  /** Stops talking to the server, which is about to be stopped. */
  close(): void {}

  async #change(edges: readonly string[], change: (proxy: EdgeProxy) => Promise<void>): Promise<EdgeChange[]> {
    const proxies = edges.map((edge) => this.#proxyOf(edge));
    return await Promise.all(
      proxies.map(async (proxy) => {
        await change(proxy);
        return { edge: proxy.name, atMs: this.#clock.now() };
      }),
    );
  }

  /** The normal delay of the link, in both directions. */
  async #addLatency({ name, latencyMs }: WiredEdge): Promise<void> {
    if (latencyMs === 0) return;
    const proxy = this.#proxyOf(name);
    const attributes = { latency: latencyMs, jitter: 0 };
    await Promise.all(
      (['upstream', 'downstream'] as const).map((stream) =>
        proxy.addToxic({ name: `link_${stream}`, type: 'latency', stream, toxicity: 1, attributes }),
      ),
    );
  }

  #proxyOf(edge: string): EdgeProxy {
    const proxy = this.#proxies.get(edge);
    if (proxy === undefined) throw new Problem(`The running target has no edge "${edge}"`, { code: 'unknown-edge' });
    return proxy;
  }
}

async function createProxies(client: Toxiproxy, edges: readonly WiredEdge[]): Promise<Map<string, EdgeProxy>> {
  try {
    const bodies = edges.map(({ name, listen, upstream }) => ({
      name,
      listen: formatAddress(listen),
      upstream: formatAddress(upstream),
      enabled: true,
    }));
    return new Map(Object.entries(bodies.length === 0 ? {} : await client.populate(bodies)));
  } catch (thrown) {
    throw new Problem(`The Toxiproxy server at ${client.host} did not create the edges: ${messageOf(thrown)}`, {
      code: 'edges-not-created',
      hint: "Its own log is in the run's folder of logs, toxiproxy.log; a listening address may be taken.",
      cause: thrown,
    });
  }
}
