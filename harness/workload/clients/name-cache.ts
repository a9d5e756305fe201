import type { Clock } from '../../base/clock.ts';
import { networkOf } from './client-subnet.ts';
import type { NameAnswer } from './name-query.ts';

/** How long an outdated answer is used after the server failed, before it is asked again (RFC 8767, 5: shortened to the site's own TTLs). */
const FAILURE_RECHECK_MS = 1000;
const ADDRESS_BITS = 32;
/** Resolvers name their clients' network, not the client: so that neighbours can share an answer. */
const NETWORK_PREFIX_LENGTH = 28;

export interface NameCacheOptions {
  clock: Clock;
  /** Asks the name server on behalf of a network; rejects when there is no answer. */
  ask(clientNetwork: string): Promise<NameAnswer>;
}

interface Entry {
  addresses: string[];
  freshUntilMs: number;
}

/**
 * The resolver cache of one region and name. An answer serves every client of the network that it was scoped to, until
 * its TTL is over; when the server then fails, the last answer is used on.
 */
export class NameCache {
  readonly #clock: Clock;
  readonly #ask: (clientNetwork: string) => Promise<NameAnswer>;
  readonly #entries = new Map<string, Entry>();
  readonly #asking = new Map<string, Promise<readonly string[]>>();
  /** Prefix lengths that answers were scoped to, longest first. */
  #scopes: number[] = [];

  constructor({ clock, ask }: NameCacheOptions) {
    this.#clock = clock;
    this.#ask = ask;
  }

  /** The addresses for this client; none when the server never answered for its network. */
  async resolve(clientAddress: string): Promise<readonly string[]> {
    const network = this.#cachedNetwork(clientAddress);
    const entry = network === undefined ? undefined : this.#entries.get(network);
    if (entry !== undefined && this.#clock.now() < entry.freshUntilMs) return entry.addresses;
    const key = network ?? networkOf(clientAddress, ADDRESS_BITS);
    const underWay = this.#asking.get(key);
    if (underWay !== undefined) return await underWay;
    const asking = this.#refresh(clientAddress, key).finally(() => this.#asking.delete(key));
    this.#asking.set(key, asking);
    return await asking;
  }

  #cachedNetwork(clientAddress: string): string | undefined {
    return this.#scopes
      .map((prefixLength) => networkOf(clientAddress, prefixLength))
      .find((network) => this.#entries.has(network));
  }

  /** Asks again for what `key` holds, or for a new client. */
  async #refresh(clientAddress: string, key: string): Promise<readonly string[]> {
    try {
      const { addresses, ttlMs, scopePrefixLength } = await this.#answerFor(clientAddress);
      // The server may have changed its mind on the scope: an outdated narrower answer must not hide the new one.
      this.#entries.delete(key);
      this.#remember(scopePrefixLength);
      const freshUntilMs = this.#clock.now() + ttlMs;
      this.#entries.set(networkOf(clientAddress, scopePrefixLength), { addresses, freshUntilMs });
      return addresses;
    } catch {
      const outdated = this.#entries.get(key);
      if (outdated === undefined) return [];
      outdated.freshUntilMs = this.#clock.now() + FAILURE_RECHECK_MS;
      return outdated.addresses;
    }
  }

  /** A server that tells the clients within the network apart is asked again about the client's own part of it. */
  async #answerFor(clientAddress: string): Promise<NameAnswer> {
    const answer = await this.#ask(networkOf(clientAddress, NETWORK_PREFIX_LENGTH));
    if (answer.scopePrefixLength <= NETWORK_PREFIX_LENGTH) return answer;
    return await this.#ask(networkOf(clientAddress, answer.scopePrefixLength));
  }

  #remember(prefixLength: number): void {
    if (this.#scopes.includes(prefixLength)) return;
    this.#scopes = [...this.#scopes, prefixLength].sort((a, b) => b - a);
  }
}
