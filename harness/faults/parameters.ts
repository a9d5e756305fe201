import { z } from 'zod';
import type { EdgeToxic } from '../model/running-target.ts';
import { PLANES, TIERS } from '../model/topology.ts';

const name = z.string().min(1);

const nodeSelector = z.strictObject({
  node: name.optional(),
  zone: name.optional(),
  host: name.optional(),
  tier: z.enum(TIERS).optional(),
  role: name.optional(),
});

const edgeSelector = z.strictObject({
  from: nodeSelector.optional(),
  to: nodeSelector.optional(),
  port: name.optional(),
  plane: z.enum(PLANES).optional(),
});

/** Selectors, as parameters of faults; see `harness/model/selector.ts`. */
export const nodesParameter = z
  .union([nodeSelector, z.array(nodeSelector).min(1)])
  .describe('which nodes: node(), zone(), host(), tier() or role(), or a list of them');

export const edgesParameter = z
  .union([edgeSelector, z.array(edgeSelector).min(1)])
  .describe('which edges: edges({ from, to, port, plane }), or a list of them');

export const zoneParameter = name.describe('a zone by its name');

export const zonesParameter = z.array(name).min(1).describe('zones by their names');

const directions = z.enum(['both', 'upstream', 'downstream']);

export type Direction = z.output<typeof directions>;

/** Of bytes on an edge: upstream is that of requests. */
export const directionParameter = directions
  .default('both')
  .describe('which bytes: those of requests (upstream), of answers (downstream), or both');

/** For what shows only in much data: see `network/long-questions.ts`. */
export const provableDirectionParameter = directions
  .default('upstream')
  .describe(
    'which bytes: those of requests (upstream), of answers (downstream), or both; other than upstream on edges to Redis only',
  );

export function streamsOf(direction: Direction): readonly ('upstream' | 'downstream')[] {
  return direction === 'both' ? ['upstream', 'downstream'] : [direction];
}

/** The same toxic on every stream that is meant. */
export function toxicsOn(
  direction: Direction,
  type: EdgeToxic['type'],
  attributes: EdgeToxic['attributes'] = {},
): EdgeToxic[] {
  return streamsOf(direction).map((stream) => ({ type, stream, attributes }));
}

export const milliseconds = (minimum: number, maximum: number) =>
  z.number().min(minimum).max(maximum).meta({ unit: 'ms' });
