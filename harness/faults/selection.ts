import { EXIT_USAGE, Problem } from '../base/errors.ts';
import { edgeName, type TopologyRecord, zoneOf } from '../model/topology.ts';

/** Exactly what a selector needs of a topology: its definition will do, and its record too. */
type Selectable = Pick<TopologyRecord, 'name' | 'zones' | 'endpoints' | 'edges'> & {
  readonly nodes: readonly Pick<TopologyRecord['nodes'][number], 'name' | 'zone'>[];
};

/** A selector that matches nothing is an error: a fault that touches nothing would prove nothing. */
export function emptySelector(message: string, hint: string): Problem {
  return new Problem(message, { code: 'empty-selector', hint, exitCode: EXIT_USAGE });
}

/** The zone's name if it exists; otherwise the error that lists those that do. */
export function expectZone({ name, zones }: Selectable, zone: string): string {
  if (zones.some((candidate) => candidate.name === zone)) return zone;
  const known = zones.map((candidate) => candidate.name).join(', ');
  throw emptySelector(`Zone "${zone}" matches nothing in ${name}`, `Zones of ${name}: ${known}.`);
}

/** Nodes that live in a zone; at least one. */
export function nodesInZone({ name, nodes }: Selectable, zone: string): string[] {
  const selected = nodes.filter((node) => node.zone === zone).map((node) => node.name);
  if (selected.length > 0) return selected;
  throw emptySelector(`Zone "${zone}" of ${name} has no nodes: there is nothing to break`, 'Name a zone with servers.');
}

/** Edges with at least one end in the zone. */
export function edgesTouchingZone(topology: Selectable, zone: string): string[] {
  return topology.edges
    .filter(({ from, to }) => zoneOf(topology, from) === zone || zoneOf(topology, to) === zone)
    .map(edgeName);
}

/** Edges that lead into the zone or out of it; those of the telemetry plane only when asked. */
export function edgesCrossingZone(
  topology: Selectable,
  zone: string,
  { includeTelemetry }: { includeTelemetry: boolean },
): string[] {
  return topology.edges
    .filter(({ from, to }) => (zoneOf(topology, from) === zone) !== (zoneOf(topology, to) === zone))
    .filter(({ plane }) => includeTelemetry || plane !== 'telemetry')
    .map(edgeName);
}
