import { type Proxy as EdgeProxy, type ICreateProxyBody, Toxiproxy } from 'toxiproxy-node-client';
import { type Clock, systemClock } from '../../base/clock.ts';
import { messageOf, Problem } from '../../base/errors.ts';
import type { EdgeChange, NetworkCapabilities, NetworkControl, ProxyTestimony } from '../../model/running-target.ts';
import { type Address, formatAddress } from '../../model/topology.ts';
import type { WiredEdge } from '../wiring.ts';
import { datagramName, linkToxics, proxiesOf, STREAMS } from './edge-proxies.ts';
import { EventWatch } from './event-watch.ts';
import type { BulkToxic, ToxiproxyExtensions } from './extensions.ts';
import { LEASE_MS, LeaseKeeper } from './lease-keeper.ts';
import { cutWithPlainToxics, restoreFromPlainToxics } from './plain-cut.ts';

/** The proxies of one edge: TCP, and UDP beside it on the same port where datagrams cross the edge. */
interface EdgeProxies {
  readonly stream: EdgeProxy;
  readonly names: readonly string[];
}

/**
 * Every edge of a target as a proxy of one Toxiproxy server, driven by its Node client and by `extensions.ts`.
 * Without those an edge is cut by `plain-cut.ts`, and `capabilities` says what is missing.
 */
export class ToxiproxyNetwork implements NetworkControl {
  readonly capabilities: NetworkCapabilities;
  readonly #edges: ReadonlyMap<string, EdgeProxies>;
  readonly #extensions: ToxiproxyExtensions | null;
  readonly #keeper: LeaseKeeper | null;
  readonly #watch: EventWatch | null;
  readonly #clock: Clock;
  readonly #cut = new Set<string>();
  readonly #lostCuts = new Set<string>();

  private constructor(
    edges: ReadonlyMap<string, EdgeProxies>,
    { extensions, watch, clock }: { extensions: ToxiproxyExtensions | null; watch: EventWatch | null; clock: Clock },
  ) {
    this.#edges = edges;
    this.#extensions = extensions;
    this.#watch = watch;
    this.#keeper = extensions === null ? null : new LeaseKeeper(extensions);
    this.#clock = clock;
    const extended = extensions !== null;
    this.capabilities = { bulkCut: extended, leases: extended, datagrams: extended };
  }

  /** Creates the proxies on a server that runs, with the link's normal latency on each. */
  static async create(
    server: Address,
    edges: readonly WiredEdge[],
    { extensions, clock = systemClock }: { extensions: ToxiproxyExtensions | null; clock?: Clock },
  ): Promise<ToxiproxyNetwork> {
    const bodies = edges.flatMap((edge) => proxiesOf(edge, extensions !== null));
    const proxies = await createProxies(new Toxiproxy(`http://${formatAddress(server)}`), bodies);
    await Promise.all(edges.flatMap((edge) => addLatency(edge, proxies)));
    const byEdge = edges.map(({ name }): [string, EdgeProxies] => {
      const names = [name, datagramName(name)].filter((candidate) => proxies.has(candidate));
      return [name, { stream: proxies.get(name)!, names }];
    });
    const watch = extensions === null ? null : await EventWatch.begin((signal) => extensions.events(signal));
    return new ToxiproxyNetwork(new Map(byEdge), { extensions, watch, clock });
  }

  /** Edges whose cut had ended by itself before it was taken back: the harness stalled for longer than the lease. */
  get lostCuts(): readonly string[] {
    return [...this.#lostCuts];
  }

  async cut(edges: readonly string[]): Promise<EdgeChange[]> {
    const chosen = edges.map((edge) => this.#proxiesOf(edge));
    if (this.#extensions === null) return await this.#oneByOne(edges, cutWithPlainToxics);
    const toxics = chosen.flatMap(({ names }) => names.flatMap(blackholes));
    const applied = await this.#extensions.apply(toxics);
    for (const edge of edges) this.#cut.add(edge);
    return this.#changes(edges, new Map(applied.map(({ proxy, appliedAtMs }) => [proxy, appliedAtMs])));
  }

  async restore(edges: readonly string[]): Promise<EdgeChange[]> {
    const chosen = edges.map((edge) => this.#proxiesOf(edge));
    if (this.#extensions === null) return await this.#oneByOne(edges, restoreFromPlainToxics);
    const toxics = chosen.flatMap(({ names }) => names.flatMap(blackholes));
    const removed = await this.#extensions.remove(toxics);
    for (const { proxy, removedAtMs } of removed) {
      if (removedAtMs === null && this.#cut.has(proxy)) this.#lostCuts.add(proxy);
    }
    for (const edge of edges) this.#cut.delete(edge);
    return this.#changes(edges, new Map(removed.map(({ proxy, removedAtMs }) => [proxy, removedAtMs])));
  }

  testimony(edges: readonly string[], span: { fromMs: number; untilMs: number }): ProxyTestimony | null {
    const names = new Set(edges.flatMap((edge) => this.#proxiesOf(edge).names));
    return this.#watch?.testimony(names, span) ?? null;
  }

  /** Stops renewing leases and listening. */
  close(): void {
    this.#keeper?.stop();
    this.#watch?.close();
  }

  async #oneByOne(edges: readonly string[], change: (proxy: EdgeProxy) => Promise<void>): Promise<EdgeChange[]> {
    return await Promise.all(
      edges.map(async (edge) => {
        await change(this.#proxiesOf(edge).stream);
        return { edge, atMs: this.#clock.now() };
      }),
    );
  }

  /** An edge has changed when the last of its proxies has; one that was so already, now. */
  #changes(edges: readonly string[], timesMs: ReadonlyMap<string, number | null>): EdgeChange[] {
    const nowMs = this.#clock.now();
    return edges.map((edge) => {
      const times = this.#proxiesOf(edge).names.map((name) => timesMs.get(name) ?? nowMs);
      return { edge, atMs: Math.max(...times) };
    });
  }

  #proxiesOf(edge: string): EdgeProxies {
    const proxies = this.#edges.get(edge);
    if (proxies === undefined) throw new Problem(`The running target has no edge "${edge}"`, { code: 'unknown-edge' });
    return proxies;
  }
}

/** Every name that an edge may have on a server. */
export function proxyNames(edges: readonly WiredEdge[]): string[] {
  return edges.flatMap((edge) => proxiesOf(edge, true)).map(({ name }) => name);
}

function blackholes(proxy: string): BulkToxic[] {
  return STREAMS.map((stream) => ({ proxy, name: `cut_${stream}`, type: 'blackhole', stream, lease: LEASE_MS }));
}

async function createProxies(client: Toxiproxy, bodies: ICreateProxyBody[]): Promise<Map<string, EdgeProxy>> {
  try {
    return new Map(Object.entries(bodies.length === 0 ? {} : await client.populate(bodies)));
  } catch (thrown) {
    throw new Problem(`The Toxiproxy server at ${client.host} did not create the edges: ${messageOf(thrown)}`, {
      code: 'edges-not-created',
      hint: 'A listening address may be taken; its own log, toxiproxy.log, is beside the logs of the nodes.',
      cause: thrown,
    });
  }
}

function addLatency(edge: WiredEdge, proxies: ReadonlyMap<string, EdgeProxy>): Promise<unknown>[] {
  const toxics = linkToxics(edge);
  return [edge.name, datagramName(edge.name)].flatMap((proxy) =>
    toxics.flatMap((toxic) => proxies.get(proxy)?.addToxic(toxic) ?? []),
  );
}
