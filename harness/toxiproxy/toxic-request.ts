import { ApiError, badRequestBody, invalidStream, invalidToxicType } from './api-error.ts';
import type { JsonFields } from './json-fields.ts';
import { peerFilterOf } from './peers.ts';
import type { Attributes } from './stage.ts';
import type { Direction, PeerFilter, Toxic } from './toxic.ts';
import type { AttributeRule, ToxicKind } from './toxic-kind.ts';
import { toxicKinds } from './toxics/index.ts';

/** A toxic that was asked for, checked whole, not yet applied. */
export interface ToxicRequest {
  readonly toxic: Toxic;
  /** Milliseconds until it removes itself; undefined means never. */
  readonly leaseMs: number | undefined;
}

/** What an update of a toxic asks for. */
export interface ToxicChange {
  readonly attributes: Attributes;
  readonly toxicity: number;
  readonly peers: readonly string[] | undefined;
  readonly peerFilter: PeerFilter;
  /** undefined leaves the lease as it is; 0 ends the lease and keeps the toxic. */
  readonly leaseMs: number | undefined;
  /** False when only the lease is renewed: then no connection notices. */
  readonly changesBehaviour: boolean;
}

/** The longest lease, about 24 days: what one timer can do. */
const LEASE_MS_MAX = 2 ** 31 - 1;

/**
 * Reads a toxic from a request. `checkName` is called with its name when stream and type are known to be right, because
 * the original server checks in this order.
 * @throws ApiError 400
 */
export function readToxicRequest(fields: JsonFields, checkName: (name: string) => void): ToxicRequest {
  const given = {
    name: fields.text('name'),
    type: fields.text('type') ?? '',
    stream: fields.text('stream') ?? 'downstream',
    toxicity: readToxicity(fields) ?? 1,
    attributes: fields.fields('attributes'),
    peers: fields.texts('peers'),
    leaseMs: readLease(fields),
  };
  const direction = directionOf(given.stream);
  const kind = toxicKinds.find(({ type }) => type === given.type);
  if (kind === undefined) throw invalidToxicType();
  const name = given.name || `${given.type}_${given.stream}`;
  checkName(name);
  const toxic: Toxic = {
    name,
    kind,
    direction,
    stream: given.stream,
    attributes: readAttributes(kind, given.attributes, {}),
    toxicity: given.toxicity,
    peers: given.peers,
    peerFilter: peerFilterOf(given.peers),
    doorkeeper: kind.doorkeeper?.(),
  };
  return { toxic, leaseMs: given.leaseMs || undefined };
}

/**
 * Reads an update: what is not given keeps its value; name, type and stream are ignored.
 * @throws ApiError 400
 */
export function readToxicChange(fields: JsonFields, toxic: Toxic): ToxicChange {
  const attributes = fields.fields('attributes');
  const toxicity = readToxicity(fields);
  const peers = fields.texts('peers');
  const leaseMs = readLease(fields);
  const onlyRenewed = attributes === undefined && toxicity === undefined && peers === undefined;
  return {
    attributes: readAttributes(toxic.kind, attributes, toxic.attributes),
    toxicity: toxicity ?? toxic.toxicity,
    peers: peers ?? toxic.peers,
    peerFilter: peers === undefined ? toxic.peerFilter : peerFilterOf(peers),
    leaseMs,
    changesBehaviour: leaseMs === undefined || !onlyRenewed,
  };
}

/** @throws ApiError 400 */
export function readLease(fields: JsonFields): number | undefined {
  const leaseMs = fields.integer('lease');
  if (leaseMs !== undefined) expectRange('lease', leaseMs, { minimum: 0, maximum: LEASE_MS_MAX, unit: 'milliseconds' });
  return leaseMs;
}

function directionOf(stream: string): Direction {
  const direction = stream.toLowerCase();
  if (direction === 'upstream' || direction === 'downstream') return direction;
  throw invalidStream();
}

/** Toxicity is a 32-bit float in the original, and shows as one. */
function readToxicity(fields: JsonFields): number | undefined {
  const toxicity = fields.number('toxicity');
  if (toxicity === undefined) return undefined;
  expectRange('toxicity', toxicity, { minimum: 0, maximum: 1, unit: 'probability' });
  return Math.fround(toxicity);
}

function readAttributes(kind: ToxicKind, given: JsonFields | undefined, previous: Attributes): Attributes {
  const attributes: Record<string, number> = {};
  for (const [name, rule] of Object.entries(kind.attributes)) {
    const value = rule.integer ? given?.integer(name) : given?.number(name);
    attributes[name] = value ?? previous[name] ?? 0;
    expectRange(name, attributes[name], rule);
  }
  const problem = kind.problem?.(attributes);
  if (problem !== undefined) throw new ApiError(400, problem);
  return attributes;
}

function expectRange(name: string, value: number, { minimum, maximum, unit }: Omit<AttributeRule, 'integer'>): void {
  if (value >= minimum && value <= maximum) return;
  throw badRequestBody(`${name}: expected ${minimum} to ${maximum} (${unit}), got ${value}`);
}
