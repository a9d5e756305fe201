import type { EdgeServer, PlacedToxic, ProxyChange, ToxicPlace } from './edge-server.ts';
import type { ToxiproxyExtensions } from './extensions.ts';
import { LEASE_MS } from './lease-keeper.ts';

/** The embedded server: one request for all edges, and every change ends by itself when the harness is gone. */
export class ExtendedServer implements EdgeServer {
  readonly #extensions: ToxiproxyExtensions;

  constructor(extensions: ToxiproxyExtensions) {
    this.#extensions = extensions;
  }

  async add(toxics: readonly PlacedToxic[]): Promise<ProxyChange[]> {
    const applied = await this.#extensions.apply(toxics.map((toxic) => ({ ...toxic, lease: LEASE_MS })));
    return applied.map(({ proxy, appliedAtMs: atMs }) => ({ proxy, atMs }));
  }

  async remove(toxics: readonly ToxicPlace[]): Promise<ProxyChange[]> {
    const removed = await this.#extensions.remove(toxics.map(({ proxy, name }) => ({ proxy, name })));
    return removed.map(({ proxy, removedAtMs: atMs }) => ({ proxy, atMs }));
  }

  async disable(proxies: readonly string[]): Promise<ProxyChange[]> {
    return await this.#extensions.disable(proxies, LEASE_MS);
  }

  async enable(proxies: readonly string[]): Promise<ProxyChange[]> {
    return await this.#extensions.enable(proxies);
  }
}
