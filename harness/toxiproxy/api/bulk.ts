import { ApiError, badRequestBody, missingField } from '../api-error.ts';
import { JsonFields } from '../json-fields.ts';
import type { JsonValue } from '../lenient-json.ts';
import type { ToxicProxy } from '../proxy.ts';
import { expectFitsProtocol, type Registry } from '../registry.ts';
import { readLease, readToxicChange, readToxicRequest, type ToxicRequest } from '../toxic-request.ts';

/** Everything is checked before anything is applied, and all is applied without a pause in between. */
type Step = () => { proxy: string; name: string; appliedAtMs: number };

/**
 * `{"toxics":[{"proxy","name","type","stream","attributes","toxicity","peers","lease"}]}`: adds toxics to many proxies. One
 * that is there already under this name is updated, which also renews its lease.
 * @throws ApiError when any of them is wrong; then nothing was applied.
 */
export function applyToxics(registry: Registry, body: JsonValue): { toxics: ReturnType<Step>[] } {
  const planned = new Set<string>();
  const steps = readList(body).map((fields, index): Step => {
    try {
      return planStep(registry, fields, planned);
    } catch (thrown) {
      throw thrown instanceof ApiError
        ? new ApiError(thrown.status, `${thrown.message} at toxic ${index + 1}`)
        : thrown;
    }
  });
  return { toxics: steps.map((apply) => apply()) };
}

function planStep(registry: Registry, fields: JsonFields, planned: Set<string>): Step {
  const proxy = registry.get(fields.text('proxy') ?? '');
  const request = readToxicRequest(fields, (name) => expectNotPlanned(proxy, name, planned));
  expectFitsProtocol(proxy, request);
  const existing = proxy.toxics.find(({ name }) => name === request.toxic.name);
  if (existing === undefined) {
    return () => ({ proxy: proxy.name, name: request.toxic.name, appliedAtMs: proxy.addToxic(request) });
  }
  expectSameToxic(existing, request);
  const change = readToxicChange(fields, existing);
  return () => ({ proxy: proxy.name, name: existing.name, appliedAtMs: proxy.updateToxic(existing, change) });
}

function expectNotPlanned(proxy: ToxicProxy, name: string, planned: Set<string>): void {
  const key = JSON.stringify([proxy.name, name]);
  if (planned.has(key)) throw new ApiError(409, `toxic ${name} of proxy ${proxy.name} given twice`);
  planned.add(key);
}

function expectSameToxic(existing: ToxicRequest['toxic'], { toxic }: ToxicRequest): void {
  if (existing.kind === toxic.kind && existing.direction === toxic.direction) return;
  throw new ApiError(409, `toxic already exists as ${existing.kind.type} on ${existing.stream}`);
}

/**
 * `{"toxics":[{"proxy","name"}]}`: removes toxics of many proxies. One that is not there, or whose proxy is gone, is no
 * error: its `removedAtMs` is null.
 */
export function removeToxics(registry: Registry, body: JsonValue): { toxics: object[] } {
  const named = readList(body).map((fields) => ({
    proxy: fields.text('proxy') ?? '',
    name: fields.text('name') ?? '',
  }));
  return {
    toxics: named.map(({ proxy, name }) => {
      const owner = registry.has(proxy) ? registry.get(proxy) : undefined;
      const toxic = owner?.toxics.find((candidate) => candidate.name === name);
      const removedAtMs = owner === undefined || toxic === undefined ? null : owner.removeToxic(toxic);
      return { proxy, name, removedAtMs };
    }),
  };
}

/**
 * `{"proxies":[{"name","enabled","lease"}]}`: enables and disables many proxies. A listener that cannot be bound does not
 * keep the others back. The time of one that was so already is null; a lease is renewed all the same.
 * @throws ApiError 404 when there is no proxy of a name; then nothing was changed.
 */
export async function switchProxies(registry: Registry, body: JsonValue): Promise<{ proxies: object[] }> {
  const switches = readList(body, 'proxies').map((fields) => {
    const enabled = fields.truth('enabled');
    if (enabled === undefined) throw missingField('enabled');
    return { name: fields.text('name') ?? '', enabled, leaseMs: readLease(fields) };
  });
  return { proxies: await registry.switchAll(switches) };
}

function readList(body: JsonValue, key: 'toxics' | 'proxies' = 'toxics'): JsonFields[] {
  const list = new JsonFields(body).list(key);
  if (list === undefined) throw badRequestBody(`expected {"${key}":[...]}`);
  return list.map((item) => new JsonFields(item));
}
