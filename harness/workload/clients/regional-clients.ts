import { Pool } from 'undici';
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import { type Address, formatAddress } from '../../model/topology.ts';
import type { ClientHttp, ClientRequest, ClientResponse } from '../../model/workload.ts';
import { type TraceRoot, traceParent } from '../tracing/trace.ts';
import { exchange } from './exchange.ts';
import { NameCache } from './name-cache.ts';
import { NameServerConnection, type NameTransport } from './name-query.ts';

const CONNECT_TIMEOUT_MS = 1000;
/** Well below the 30 s of the load balancers, so that a connection is not closed by them while it is being used. */
const IDLE_TIMEOUT_MS = 4000;

export interface RegionalClientsOptions {
  siteName: string;
  /** The region's edge to the name server. */
  resolver: Address;
  resolverTransport: NameTransport;
  /** Answered address -> zone. */
  entryAddresses: Readonly<Record<string, string>>;
  /** Zone -> the region's edge to that zone's entry. */
  entries: Readonly<Record<string, Address>>;
  clock: Clock;
  /** Draws the ids of name queries. */
  random: Random;
}

export interface OperationHttpOptions {
  /** The user's address, as name servers are told. */
  clientAddress: string;
  writeId: string;
  trace: TraceRoot;
  /** For the whole operation, however many requests it makes. */
  timeoutMs: number;
}

/** The way that clients of one region take to the site: its resolver, its entry edges, its kept connections. */
export class RegionalClients {
  readonly #siteName: string;
  readonly #entryAddresses: Readonly<Record<string, string>>;
  readonly #pools: ReadonlyMap<string, Pool>;
  readonly #nameServer: NameServerConnection;
  /** By name, from the first request on that goes there. */
  readonly #names = new Map<string, NameCache>();
  readonly #clock: Clock;

  constructor(options: RegionalClientsOptions) {
    const { siteName, resolver, resolverTransport, entryAddresses, entries, clock, random } = options;
    this.#siteName = siteName;
    this.#entryAddresses = entryAddresses;
    this.#pools = new Map(Object.entries(entries).map(([zone, address]) => [zone, connectionsTo(address)]));
    this.#nameServer = new NameServerConnection(resolver, random, resolverTransport);
    this.#clock = clock;
  }

  /** What one operation of a user may use. The clock of its time-out starts now. */
  httpFor({ clientAddress, writeId, trace, timeoutMs }: OperationHttpOptions): ClientHttp {
    const deadlineMs = this.#clock.now() + timeoutMs;
    const traceparent = traceParent(trace);
    return {
      writeId,
      request: (request) => this.#request(request, { clientAddress, traceparent, deadlineMs }),
    };
  }

  async close(): Promise<void> {
    this.#nameServer.close();
    await Promise.all([...this.#pools.values()].map((pool) => pool.destroy()));
  }

  async #request(
    { host = this.#siteName, timeoutMs = Infinity, ...request }: ClientRequest,
    { clientAddress, traceparent, deadlineMs }: { clientAddress: string; traceparent: string; deadlineMs: number },
  ): Promise<ClientResponse> {
    const datacenter = await this.#datacenterFor(host, clientAddress);
    const pool = datacenter === undefined ? undefined : this.#pools.get(datacenter);
    if (datacenter === undefined || pool === undefined) return unsent('no-address');
    const leftMs = deadlineMs - this.#clock.now();
    if (leftMs <= 0) return { ...unsent('timeout'), datacenter };
    const headers = { ...request.headers, host, traceparent };
    return { ...(await exchange(pool, { ...request, headers }, Math.min(leftMs, timeoutMs))), datacenter };
  }

  /** Clients take the first address, as resolvers that keep the order of an answer do. */
  async #datacenterFor(name: string, clientAddress: string): Promise<string | undefined> {
    const [address] = await this.#cacheOf(name).resolve(clientAddress);
    return address === undefined ? undefined : this.#entryAddresses[address];
  }

  #cacheOf(name: string): NameCache {
    const ask = (clientNetwork: string) => this.#nameServer.ask({ name, clientNetwork });
    const cache = this.#names.get(name) ?? new NameCache({ clock: this.#clock, ask });
    this.#names.set(name, cache);
    return cache;
  }
}

function connectionsTo(address: Address): Pool {
  return new Pool(`http://${formatAddress(address)}`, {
    pipelining: 1,
    connect: { timeout: CONNECT_TIMEOUT_MS },
    keepAliveTimeout: IDLE_TIMEOUT_MS,
  });
}

function unsent(error: string): ClientResponse {
  return { status: 0, headers: {}, cookies: [], body: '', error, maybeSent: false };
}
