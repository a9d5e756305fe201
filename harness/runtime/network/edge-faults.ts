import type { Clock } from '../../base/clock.ts';
import type { EdgeChange, EdgeToxic, FaultNetwork } from '../../model/running-target.ts';
import type { EdgeServer, PlacedToxic, ProxyChange } from './edge-server.ts';

/** The proxies of an edge, by name; the second where datagrams cross it too. */
export type ProxiesOfEdge = (edge: string) => readonly { readonly name: string; readonly datagrams: boolean }[];

/** Toxics that make sense for datagrams; a stream's bandwidth or its end do not. */
const FOR_DATAGRAMS: ReadonlySet<EdgeToxic['type']> = new Set(['blackhole', 'latency', 'packet_loss']);

/** Which faults refuse which edges: a proxy listens or does not, so it must listen again only for the last of them. */
export class Refusals {
  readonly #by = new Map<string, Set<string>>();

  add(edge: string, fault: string): void {
    this.#by.set(edge, (this.#by.get(edge) ?? new Set()).add(fault));
  }

  delete(edge: string, fault: string): void {
    this.#by.get(edge)?.delete(fault);
  }

  any(edge: string): boolean {
    return (this.#by.get(edge)?.size ?? 0) > 0;
  }
}

/** What one fault did to edges. Its toxics bear its id, so that those of another fault on the same edge stay. */
export class EdgeFaults implements FaultNetwork {
  readonly #id: string;
  readonly #server: EdgeServer;
  readonly #proxiesOf: ProxiesOfEdge;
  readonly #clock: Clock;
  /** By edge. Noted before the server is asked, so that what was half done is taken back as well. */
  readonly #toxics = new Map<string, Map<string, PlacedToxic>>();
  readonly #refused = new Set<string>();
  readonly #refusals: Refusals;
  readonly #lapsed = new Set<string>();

  constructor(id: string, options: { server: EdgeServer; proxiesOf: ProxiesOfEdge; refusals: Refusals; clock: Clock }) {
    this.#id = id;
    this.#server = options.server;
    this.#proxiesOf = options.proxiesOf;
    this.#refusals = options.refusals;
    this.#clock = options.clock;
  }

  get lapsed(): readonly string[] {
    return [...this.#lapsed];
  }

  async impair(edges: readonly string[], toxics: readonly EdgeToxic[]): Promise<EdgeChange[]> {
    const placed = edges.map((edge) => [edge, this.#place(edge, toxics)] as const);
    for (const [edge, list] of placed) {
      const known = this.#toxics.get(edge) ?? new Map<string, PlacedToxic>();
      for (const toxic of list) known.set(`${toxic.proxy} ${toxic.name}`, toxic);
      this.#toxics.set(edge, known);
    }
    return this.#changes(edges, await this.#server.add(placed.flatMap(([, list]) => list)));
  }

  async refuse(edges: readonly string[]): Promise<EdgeChange[]> {
    const proxies = edges.flatMap((edge) => this.#names(edge));
    for (const edge of edges) {
      this.#refused.add(edge);
      this.#refusals.add(edge, this.#id);
    }
    return this.#changes(edges, await this.#server.disable(proxies));
  }

  async heal(edges: readonly string[]): Promise<EdgeChange[]> {
    const toxics = edges.flatMap((edge) => [...(this.#toxics.get(edge)?.values() ?? [])]);
    const refused = edges.filter((edge) => this.#refused.has(edge));
    for (const edge of refused) this.#refusals.delete(edge, this.#id);
    const proxies = refused.filter((edge) => !this.#refusals.any(edge)).flatMap((edge) => this.#names(edge));
    const taken = (await Promise.all([this.#server.remove(toxics), this.#server.enable(proxies)])).flat();
    const lapsed = new Set(taken.filter(({ atMs }) => atMs === null).map(({ proxy }) => proxy));
    for (const edge of edges) {
      if (this.#names(edge).some((name) => lapsed.has(name))) this.#lapsed.add(edge);
      this.#toxics.delete(edge);
      this.#refused.delete(edge);
    }
    return this.#changes(edges, taken);
  }

  #place(edge: string, toxics: readonly EdgeToxic[]): PlacedToxic[] {
    return this.#proxiesOf(edge).flatMap(({ name: proxy, datagrams }) =>
      toxics
        .filter(({ type }) => !datagrams || FOR_DATAGRAMS.has(type))
        .map((toxic) => ({ ...toxic, proxy, name: `${this.#id}_${toxic.type}_${toxic.stream}` })),
    );
  }

  #names(edge: string): string[] {
    return this.#proxiesOf(edge).map(({ name }) => name);
  }

  /** An edge has changed when the last of its proxies has; one that was so already, now. */
  #changes(edges: readonly string[], changes: readonly ProxyChange[]): EdgeChange[] {
    const nowMs = this.#clock.now();
    const latest = new Map<string, number>();
    for (const { proxy, atMs } of changes) {
      if (atMs !== null) latest.set(proxy, Math.max(atMs, latest.get(proxy) ?? atMs));
    }
    return edges.map((edge) => ({
      edge,
      atMs: Math.max(...this.#names(edge).map((name) => latest.get(name) ?? nowMs)),
    }));
  }
}
