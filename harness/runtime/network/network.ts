import { type Proxy as EdgeProxy, type ICreateProxyBody, Toxiproxy } from 'toxiproxy-node-client';
import { type Clock, systemClock } from '../../base/clock.ts';
import { messageOf, Problem } from '../../base/errors.ts';
import type { NetworkCapabilities, NetworkControl, ProxyTestimony } from '../../model/running-target.ts';
import { type Address, formatAddress } from '../../model/topology.ts';
import type { WiredEdge } from '../wiring.ts';
import { EdgeFaults, type ProxiesOfEdge, Refusals } from './edge-faults.ts';
import { datagramName, linkToxics, proxiesOf } from './edge-proxies.ts';
import type { EdgeServer } from './edge-server.ts';
import { EventWatch } from './event-watch.ts';
import { ExtendedServer } from './extended-server.ts';
import type { ToxiproxyExtensions } from './extensions.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { PlainServer } from './plain-server.ts';

/** Every edge of a target as a proxy of one Toxiproxy server: the embedded one, or any other. */
export class ToxiproxyNetwork implements NetworkControl {
  readonly capabilities: NetworkCapabilities;
  readonly #server: EdgeServer;
  readonly #proxiesOf: ProxiesOfEdge;
  readonly #keeper: LeaseKeeper | null;
  readonly #watch: EventWatch | null;
  readonly #clock: Clock;
  readonly #faults = new Map<string, EdgeFaults>();
  readonly #refusals = new Refusals();

  private constructor(options: {
    proxies: ReadonlyMap<string, EdgeProxy>;
    edges: ReadonlySet<string>;
    extensions: ToxiproxyExtensions | null;
    watch: EventWatch | null;
    clock: Clock;
  }) {
    const { proxies, edges, extensions, watch, clock } = options;
    this.#server = extensions === null ? new PlainServer(proxies, clock) : new ExtendedServer(extensions);
    this.#proxiesOf = (edge) => proxiesOfEdge(edge, edges, proxies);
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
    const watch = extensions === null ? null : await EventWatch.begin((signal) => extensions.events(signal));
    const names = new Set(edges.map(({ name }) => name));
    return new ToxiproxyNetwork({ proxies, edges: names, extensions, watch, clock });
  }

  forFault(id: string): EdgeFaults {
    const known = this.#faults.get(id);
    if (known !== undefined) return known;
    const faults = new EdgeFaults(id, {
      ...{ server: this.#server, proxiesOf: this.#proxiesOf },
      ...{ refusals: this.#refusals, clock: this.#clock },
    });
    this.#faults.set(id, faults);
    return faults;
  }

  testimony(edges: readonly string[], span: { fromMs: number; untilMs: number }): ProxyTestimony | null {
    const names = new Set(edges.flatMap((edge) => this.#proxiesOf(edge)).map(({ name }) => name));
    return this.#watch?.testimony(names, span) ?? null;
  }

  /** Stops renewing leases and listening. */
  close(): void {
    this.#keeper?.stop();
    this.#watch?.close();
  }
}

/** TCP, and UDP beside it on the same port where datagrams cross the edge. */
function proxiesOfEdge(
  edge: string,
  edges: ReadonlySet<string>,
  proxies: ReadonlyMap<string, EdgeProxy>,
): ReturnType<ProxiesOfEdge> {
  if (!edges.has(edge)) throw new Problem(`The running target has no edge "${edge}"`, { code: 'unknown-edge' });
  const udp = datagramName(edge);
  return [{ name: edge, datagrams: false }, ...(proxies.has(udp) ? [{ name: udp, datagrams: true }] : [])];
}

/** Every name that an edge may have on a server. */
export function proxyNames(edges: readonly WiredEdge[]): string[] {
  return edges.flatMap((edge) => proxiesOf(edge, true)).map(({ name }) => name);
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
