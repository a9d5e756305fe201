import { systemClock } from '../../base/clock.ts';
import { ApiError, toxicNotFound } from '../api-error.ts';
import type { EventHub } from '../events.ts';
import { JsonFields } from '../json-fields.ts';
import type { LeaseBook } from '../leases.ts';
import { presentProxy, presentToxic, presentToxics, toJson } from '../presentation.ts';
import { expectFitsProtocol, type Registry } from '../registry.ts';
import { readToxicChange, readToxicRequest } from '../toxic-request.ts';
import { applyToxics, removeToxics, switchProxies } from './bulk.ts';
import { streamEvents } from './event-stream.ts';
import type { Answer, Handler, Router } from './http.ts';

/** The newest version of the original whose behaviour this server has; the suffix tells that it is not the original. */
const VERSION = '2.12.0+faultline';

interface Api {
  readonly registry: Registry;
  readonly leases: LeaseBook;
  readonly events: EventHub;
  /** Called when somebody has renewed all leases. */
  readonly onRenewal: () => void;
  /** The Prometheus page, or undefined when metrics are off. */
  readonly metrics: (() => Promise<{ text: string; contentType: string }>) | undefined;
}

type Methods = Readonly<Record<string, Handler>>;

/** All endpoints. The second table is ours beyond the original. */
export function createRouter(api: Api): Router {
  const fixed: Readonly<Record<string, Methods>> = {
    '/proxies': { GET: () => listProxies(api), POST: (request) => createProxy(api, request) },
    '/populate': { POST: (request) => populate(api, request) },
    '/reset': { POST: () => reset(api) },
    '/version': { GET: () => version() },
    ...(api.metrics === undefined ? {} : { '/metrics': { GET: metricsHandler(api.metrics) } }),

    '/toxics': {
      POST: async (request) => ok(applyToxics(api.registry, await request.body())),
      DELETE: async (request) => ok(removeToxics(api.registry, await request.body())),
    },
    '/enabled': { POST: async (request) => ok(await switchProxies(api.registry, await request.body())) },
    '/leases': { POST: (request) => renewLeases(api, request) },
    '/events': { GET: () => ({ stream: (response) => streamEvents(api.events, response) }) },
  };
  const proxy: Methods = {
    GET: ({ parameters: [name] }) => ok(presentProxy(api.registry.get(name!))),
    POST: (request) => updateProxy(api, request),
    PATCH: (request) => updateProxy(api, request),
    DELETE: (request) => deleteProxy(api, request),
  };
  const toxics: Methods = {
    GET: ({ parameters: [name] }) => ok(presentToxics(api.registry.get(name!))),
    POST: (request) => createToxic(api, request),
  };
  const toxic: Methods = {
    GET: (request) => getToxic(api, request),
    POST: (request) => updateToxic(api, request),
    PATCH: (request) => updateToxic(api, request),
    DELETE: (request) => deleteToxic(api, request),
  };
  return (path) => {
    const methods = Object.hasOwn(fixed, path) ? fixed[path] : undefined;
    if (methods !== undefined) return { methods, parameters: [] };
    const place = findPlace(path, api.registry);
    if (place === undefined) return undefined;
    return { methods: { proxy, toxics, toxic }[place.kind], parameters: place.parameters };
  };
}

type Place = { kind: 'proxy' | 'toxics' | 'toxic'; parameters: string[] };

/**
 * `/proxies/N`, `/proxies/N/toxics`, `/proxies/N/toxics/T`. A proxy's name may hold slashes, written as %2F or plainly:
 * plain ones are tried only when such a proxy exists.
 */
function findPlace(path: string, registry: Registry): Place | undefined {
  const [root, collection, ...encoded] = path.split('/');
  if (root !== '' || collection !== 'proxies') return undefined;
  const parts = encoded.map(decodePart);
  if (parts.length === 0 || parts.includes(undefined) || parts.includes('')) return undefined;
  const candidates = placesOf(parts as string[]);
  return (
    candidates.find(({ parameters: [name] }) => registry.has(name!)) ??
    candidates.find(({ parameters: [name] }) => name === parts[0])
  );
}

/** Every way to read the parts, the shortest proxy name first. */
function placesOf(parts: string[]): Place[] {
  const places: Place[] = [];
  for (let length = 1; length <= parts.length; length += 1) {
    const name = parts.slice(0, length).join('/');
    const [word, toxicName, ...more] = parts.slice(length);
    if (word === undefined) places.push({ kind: 'proxy', parameters: [name] });
    else if (word !== 'toxics' || more.length > 0) continue;
    else if (toxicName === undefined) places.push({ kind: 'toxics', parameters: [name] });
    else places.push({ kind: 'toxic', parameters: [name, toxicName] });
  }
  return places;
}

function decodePart(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

function ok(json: unknown): Answer {
  return { status: 200, json };
}

const noContent: Answer = { status: 204, json: undefined };

type Request = Parameters<Handler>[0];

/** Written by hand: an object of JavaScript would not keep names like `10` in their place. */
function listProxies({ registry }: Api): Answer {
  const members = registry.all.map((proxy) => `${toJson(proxy.name)}:${toJson(presentProxy(proxy))}`);
  return { status: 200, text: `{${members.join(',')}}`, contentType: 'application/json' };
}

async function createProxy({ registry }: Api, request: Request): Promise<Answer> {
  return { status: 201, json: presentProxy(await registry.create(await request.body())) };
}

async function updateProxy({ registry }: Api, request: Request): Promise<Answer> {
  const [name] = request.parameters;
  registry.get(name!);
  return ok(presentProxy(await registry.update(name!, await request.body())));
}

async function deleteProxy({ registry }: Api, { parameters: [name] }: Request): Promise<Answer> {
  await registry.remove(name!);
  return noContent;
}

/** Errors of populate are JSON without a newline, and list what was made before. */
async function populate({ registry }: Api, request: Request): Promise<Answer> {
  try {
    const { proxies, error } = await registry.populate(await request.body());
    const shown = proxies.length === 0 ? null : proxies.map(presentProxy);
    if (error === undefined) return { status: 201, json: { proxies: shown } };
    return { status: error.status, json: { error: error.message, status: error.status, proxies: shown } };
  } catch (thrown) {
    if (!(thrown instanceof ApiError)) throw thrown;
    return { status: thrown.status, json: { error: thrown.message, status: thrown.status, proxies: null } };
  }
}

async function reset({ registry }: Api): Promise<Answer> {
  await registry.reset();
  return noContent;
}

function version(): Answer {
  return { status: 200, text: `{"version": "${VERSION}"}\n`, contentType: 'application/json;charset=utf-8' };
}

async function createToxic({ registry }: Api, request: Request): Promise<Answer> {
  const proxy = registry.get(request.parameters[0]!);
  const toxic = readToxicRequest(new JsonFields(await request.body()), (name) => proxy.expectFreeToxicName(name));
  expectFitsProtocol(proxy, toxic);
  proxy.addToxic(toxic);
  return ok(presentToxic(proxy, toxic.toxic));
}

function getToxic({ registry }: Api, { parameters: [name, toxicName] }: Request): Answer {
  const proxy = registry.get(name!);
  return ok(presentToxic(proxy, proxy.toxic(toxicName!)));
}

async function updateToxic({ registry }: Api, request: Request): Promise<Answer> {
  const [name, toxicName] = request.parameters;
  const proxy = registry.get(name!);
  const toxic = proxy.toxic(toxicName!);
  const change = readToxicChange(new JsonFields(await request.body()), toxic);
  if (!proxy.toxics.includes(toxic)) throw toxicNotFound();
  proxy.updateToxic(toxic, change);
  return ok(presentToxic(proxy, toxic));
}

function deleteToxic({ registry }: Api, { parameters: [name, toxicName] }: Request): Answer {
  const proxy = registry.get(name!);
  proxy.removeToxic(proxy.toxic(toxicName!));
  return noContent;
}

/** `{"ms": N}`: every lease ends N ms from now unless it is renewed again. */
async function renewLeases({ leases, onRenewal }: Api, request: Request): Promise<Answer> {
  const durationMs = new JsonFields(await request.body()).integer('ms');
  if (durationMs === undefined || durationMs <= 0 || durationMs >= 2 ** 31) {
    throw new ApiError(400, `ms: expected an integer from 1 to ${2 ** 31 - 1} (milliseconds)`);
  }
  onRenewal();
  return ok({ renewed: leases.renewAll(durationMs), atMs: systemClock.now() });
}

function metricsHandler(metrics: NonNullable<Api['metrics']>): Handler {
  return async () => ({ status: 200, ...(await metrics()) });
}
