import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { messageOf, Problem } from '../../base/errors.ts';
import { type Address, formatAddress } from '../../model/topology.ts';
import type { PlacedToxic, ProxyChange } from './edge-server.ts';

/** Which toxic of which proxy. */
export interface NamedToxic {
  readonly proxy: string;
  readonly name: string;
}

/** A toxic for the bulk request; `lease`: milliseconds until it removes itself unless renewed. */
export interface LeasedToxic extends PlacedToxic {
  readonly lease: number;
}

const ANSWER_TIMEOUT_MS = 5000;

/**
 * What only the embedded Toxiproxy server can do; all of it is in this file. Beyond these requests it has the toxic
 * `blackhole` (swallows data and withholds closes) and proxies with `"protocol":"udp"`.
 */
export class ToxiproxyExtensions {
  readonly #url: string;

  private constructor(url: string) {
    this.#url = url;
  }

  /** Asks the server whether it has them, by a request that changes nothing; null when it has not. */
  static async find(server: Address): Promise<ToxiproxyExtensions | null> {
    const extensions = new ToxiproxyExtensions(`http://${formatAddress(server)}`);
    const response = await extensions.#send('DELETE', '/toxics', { toxics: [] });
    await response.body?.cancel();
    return response.ok ? extensions : null;
  }

  /** Applies all of them without a pause in between, or none; tells when each took effect. */
  async apply(toxics: readonly LeasedToxic[]): Promise<(NamedToxic & { appliedAtMs: number })[]> {
    const { toxics: applied } = await this.#ask<{ toxics: (NamedToxic & { appliedAtMs: number })[] }>(
      'POST',
      '/toxics',
      {
        toxics,
      },
    );
    return applied;
  }

  /** Removes all of them without a pause in between; null is the time of one that was not there. */
  async remove(toxics: readonly NamedToxic[]): Promise<(NamedToxic & { removedAtMs: number | null })[]> {
    const { toxics: removed } = await this.#ask<{ toxics: (NamedToxic & { removedAtMs: number | null })[] }>(
      'DELETE',
      '/toxics',
      { toxics },
    );
    return removed;
  }

  /** Their connections are dropped and new ones refused, until `enable` or the end of the lease. */
  async disable(proxies: readonly string[], leaseMs: number): Promise<ProxyChange[]> {
    return await this.#switch(proxies.map((name) => ({ name, enabled: false, lease: leaseMs })));
  }

  /** Null is the time of one that was enabled already. */
  async enable(proxies: readonly string[]): Promise<ProxyChange[]> {
    return await this.#switch(proxies.map((name) => ({ name, enabled: true })));
  }

  /** Every lease ends that much later than now; resolves with how many leases there are. */
  async renewLeases(durationMs: number): Promise<number> {
    const { renewed } = await this.#ask<{ renewed: number }>('POST', '/leases', { ms: durationMs });
    return renewed;
  }

  /** What happens on the server from now on, a line of JSON each, until the signal aborts. */
  async events(signal: AbortSignal): Promise<AsyncIterable<string>> {
    const response = await fetch(`${this.#url}/events`, { signal });
    if (!response.ok || response.body === null) {
      throw new Problem(`The Toxiproxy server answered GET /events with ${response.status}`, {
        code: 'toxiproxy-refused',
      });
    }
    return createInterface({ input: Readable.from(response.body) });
  }

  async #switch(proxies: readonly object[]): Promise<ProxyChange[]> {
    if (proxies.length === 0) return [];
    const { proxies: switched } = await this.#ask<{ proxies: { name: string; changedAtMs: number | null }[] }>(
      'POST',
      '/enabled',
      { proxies },
    );
    return switched.map(({ name: proxy, changedAtMs: atMs }) => ({ proxy, atMs }));
  }

  async #ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await this.#send(method, path, body);
    const text = await response.text();
    if (response.ok) return JSON.parse(text) as T;
    throw new Problem(`The Toxiproxy server answered ${method} ${path} with ${response.status}: ${text.trim()}`, {
      code: 'toxiproxy-refused',
    });
  }

  async #send(method: string, path: string, body: unknown): Promise<Response> {
    try {
      const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
      return await fetch(this.#url + path, {
        method,
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal,
      });
    } catch (thrown) {
      throw new Problem(`The Toxiproxy server at ${this.#url} did not answer ${method} ${path}: ${reasonOf(thrown)}`, {
        code: 'toxiproxy-silent',
        hint: 'Its own log, toxiproxy.log, is beside the logs of the nodes.',
        cause: thrown,
      });
    }
  }
}

/** fetch says only "fetch failed"; why is in its cause. */
function reasonOf(thrown: unknown): string {
  return thrown instanceof TypeError && thrown.cause !== undefined ? messageOf(thrown.cause) : messageOf(thrown);
}
