import { systemClock } from '../base/clock.ts';
import { ApiError, badRequestBody, missingField, proxyAlreadyExists, proxyNotFound } from './api-error.ts';
import { JsonFields } from './json-fields.ts';
import type { JsonValue } from './lenient-json.ts';
import { type Protocol, type ProxyEnvironment, ToxicProxy } from './proxy.ts';
import { readLease, readToxicRequest, type ToxicRequest } from './toxic-request.ts';

/** A proxy that was asked for, checked, not yet bound. */
interface ProxyRequest {
  name: string;
  listen: string;
  upstream: string;
  protocol: Protocol;
  enabled: boolean;
  toxics: ToxicRequest[];
  leaseMs: number | undefined;
}

/** Whether a proxy is to listen; `leaseMs`: a disabled one does again after this time, unless that is renewed. */
export interface ProxySwitch {
  name: string;
  enabled: boolean;
  leaseMs: number | undefined;
}

/** A populate that stopped half way: what was made before stays. */
interface PopulateResult {
  proxies: ToxicProxy[];
  error?: ApiError;
}

/** All proxies by name. Changes of proxies are done one after the other; everything else at once. */
export class Registry {
  readonly #environment: ProxyEnvironment;
  readonly #proxies = new Map<string, ToxicProxy>();
  #lastChange: Promise<unknown> = Promise.resolve();

  constructor(environment: Omit<ProxyEnvironment, 'exclusively'>) {
    this.#environment = { ...environment, exclusively: (change) => this.#exclusively(change) };
  }

  /** Sorted by name. */
  get all(): ToxicProxy[] {
    return [...this.#proxies.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  has(name: string): boolean {
    return this.#proxies.has(name);
  }

  /** @throws ApiError 404 */
  get(name: string): ToxicProxy {
    const proxy = this.#proxies.get(name);
    if (proxy === undefined) throw proxyNotFound();
    return proxy;
  }

  create(body: JsonValue): Promise<ToxicProxy> {
    return this.#exclusively(async () => {
      const request = readProxyRequest(body);
      expectRequired(request, '');
      if (this.#proxies.has(request.name)) throw proxyAlreadyExists();
      return this.#add(request);
    });
  }

  /** What is not given keeps its value; toxics are kept in any case. */
  update(name: string, body: JsonValue): Promise<ToxicProxy> {
    return this.#exclusively(async () => {
      const proxy = this.get(name);
      const fields = new JsonFields(body);
      const listen = fields.text('listen') ?? proxy.listen;
      const upstream = fields.text('upstream') ?? proxy.upstream;
      const enabled = fields.truth('enabled') ?? proxy.enabled;
      const leaseMs = readLease(fields);
      if (upstream === '') throw missingField('upstream');
      if (await proxy.differsFrom({ listen, upstream })) proxy.move({ listen, upstream });
      if (enabled) await proxy.enable();
      else proxy.disable(leaseMs);
      return proxy;
    });
  }

  /** Enables and disables many as one change; null is the time of one that was so already. */
  switchAll(switches: readonly ProxySwitch[]): Promise<{ name: string; changedAtMs: number | null }[]> {
    return this.#exclusively(async () => {
      const planned = switches.map((wanted) => ({ ...wanted, proxy: this.get(wanted.name) }));
      const outcomes = await Promise.allSettled(
        planned.map(async ({ proxy, enabled, leaseMs }) => {
          const changes = proxy.enabled !== enabled;
          if (enabled) await proxy.enable();
          else proxy.disable(leaseMs);
          return { name: proxy.name, changedAtMs: changes ? systemClock.now() : null };
        }),
      );
      return outcomes.map((outcome) => {
        if (outcome.status === 'rejected') throw outcome.reason;
        return outcome.value;
      });
    });
  }

  remove(name: string): Promise<void> {
    return this.#exclusively(async () => this.#drop(this.get(name)));
  }

  populate(body: JsonValue): Promise<PopulateResult> {
    return this.#exclusively(async () => {
      const proxies: ToxicProxy[] = [];
      try {
        for (const request of readPopulateRequest(body)) proxies.push(await this.#ensure(request));
      } catch (thrown) {
        return { proxies, error: thrown instanceof ApiError ? thrown : new ApiError(500, String(thrown)) };
      }
      return { proxies };
    });
  }

  /** Enables every proxy and removes all toxics; the first that cannot be bound does not keep the others back. */
  reset(): Promise<void> {
    return this.#exclusively(async () => {
      for (const proxy of this.all) proxy.removeAllToxics();
      const outcomes = await Promise.allSettled(this.all.map((proxy) => proxy.enable()));
      for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
    });
  }

  /** Stops everything, at once. */
  dispose(): void {
    for (const proxy of this.#proxies.values()) proxy.dispose();
    this.#proxies.clear();
  }

  async #add(request: ProxyRequest): Promise<ToxicProxy> {
    const proxy = new ToxicProxy(request, this.#environment);
    for (const toxic of request.toxics) expectFitsProtocol(proxy, toxic);
    if (request.enabled) await proxy.enable();
    else proxy.disable(request.leaseMs);
    for (const toxic of request.toxics) proxy.addToxic(toxic);
    this.#proxies.set(proxy.name, proxy);
    this.#environment.events.publish({ event: 'proxy-created', proxy: proxy.name });
    return proxy;
  }

  /** Keeps a proxy that already listens and leads there, replaces one that does not. */
  async #ensure(request: ProxyRequest): Promise<ToxicProxy> {
    const existing = this.#proxies.get(request.name);
    if (existing === undefined) return this.#add(request);
    if (existing.protocol === request.protocol && !(await existing.differsFrom(request))) return existing;
    this.#drop(existing);
    return this.#add(request);
  }

  #drop(proxy: ToxicProxy): void {
    proxy.dispose();
    this.#proxies.delete(proxy.name);
    this.#environment.events.publish({ event: 'proxy-deleted', proxy: proxy.name });
  }

  #exclusively<T>(change: () => Promise<T>): Promise<T> {
    const result = this.#lastChange.then(change);
    this.#lastChange = result.catch(() => {});
    return result;
  }
}

/** @throws ApiError 400 when this type of toxic cannot act on the proxy's protocol. */
export function expectFitsProtocol(proxy: ToxicProxy, { toxic }: ToxicRequest): void {
  if (proxy.protocol === 'tcp' || toxic.kind.datagrams === true) return;
  throw new ApiError(400, `toxic type ${toxic.kind.type} acts on TCP only; the proxy ${proxy.name} relays UDP`);
}

function readProxyRequest(body: JsonValue): ProxyRequest {
  const fields = new JsonFields(body);
  return {
    name: fields.text('name') ?? '',
    listen: fields.text('listen') ?? '',
    upstream: fields.text('upstream') ?? '',
    protocol: readProtocol(fields),
    enabled: fields.truth('enabled') ?? true,
    toxics: readToxics(fields),
    leaseMs: readLease(fields),
  };
}

function readProtocol(fields: JsonFields): Protocol {
  const protocol = fields.text('protocol') ?? 'tcp';
  if (protocol === 'tcp' || protocol === 'udp') return protocol;
  throw new ApiError(400, `protocol: expected tcp or udp, got ${JSON.stringify(protocol)}`);
}

function readToxics(fields: JsonFields): ToxicRequest[] {
  const names = new Set<string>();
  return (fields.list('toxics') ?? []).map((item) =>
    readToxicRequest(new JsonFields(item), (name) => {
      if (names.has(name)) throw new ApiError(409, `toxic already exists: ${name}`);
      names.add(name);
    }),
  );
}

/** All names and upstreams are checked before anything is done. */
function readPopulateRequest(body: JsonValue): ProxyRequest[] {
  if (body !== null && !Array.isArray(body)) throw badRequestBody('expected a list of proxies');
  const requests = (body ?? []).map(readProxyRequest);
  for (const [index, request] of requests.entries()) expectRequired(request, ` at proxy ${index + 1}`);
  return requests;
}

function expectRequired({ name, upstream }: ProxyRequest, where: string): void {
  if (name === '') throw missingField(`name${where}`);
  if (upstream === '') throw missingField(`upstream${where}`);
}
