import { formatNumberOf } from '../../model/analysis/format.ts';
import type { FaultAction } from '../../model/fault.ts';
import type { RunManifest } from '../../model/run-record.ts';
import { edgeName, type Plane, type Tier, type TopologyRecord, type Zone } from '../../model/topology.ts';

/** The picture of a target with the fault on it: connections between the same two ends are drawn as one. */
export interface TopologyView {
  title: string;
  zones: ZoneView[];
  links: LinkView[];
  /** Every edge with what was done to it, for those who cannot see the picture. */
  edges: { name: string; plane: Plane; mark: string | null }[];
  /** The fault in a sentence. */
  summary: string;
  /** Edges of the telemetry plane, which are not drawn, and how many of them were cut. */
  telemetryEdges: { total: number; marked: number };
}

export interface ZoneView {
  name: string;
  kind: Zone['kind'];
  /** `6 of 6 nodes killed`. */
  mark: string | null;
  nodes: NodeView[];
}

export interface NodeView {
  name: string;
  /** The name without its zone. */
  label: string;
  tier: Tier;
  role: string | null;
  /** `killed`, `paused`; null when nothing was done to it. */
  mark: string | null;
}

export interface LinkView {
  from: string;
  to: string;
  plane: Plane;
  bothWays: boolean;
  /** How many ranks the lower end stands below the upper one; 0 between nodes of one tier. */
  ranks: number;
  mark: string | null;
  /** Both of its ends are faulted themselves. */
  withinFault: boolean;
}

/** From where requests start to where data rests. */
const RANKS: Readonly<Record<Tier, number>> = {
  clients: 0,
  dns: 1,
  cdn: 1,
  'load-balancer': 2,
  web: 3,
  scaling: 3,
  cache: 4,
  database: 5,
  coordination: 6,
  monitoring: 7,
  telemetry: 7,
};

export function topologyViewOf({ topology, faults }: RunManifest): TopologyView {
  const marks = marksOf(faults.flatMap(({ actions }) => actions));
  const edges = topology.edges.map((edge) => ({
    name: edgeName(edge),
    plane: edge.plane,
    mark: marks.get(edgeName(edge)) ?? null,
  }));
  const telemetry = edges.filter(({ plane }) => plane === 'telemetry');
  return {
    title: topology.title,
    zones: topology.zones.map((zone) => zoneView(topology, zone, marks)),
    links: linksOf(topology, marks),
    edges,
    summary: summaryOf(topology, marks),
    telemetryEdges: { total: telemetry.length, marked: telemetry.filter(({ mark }) => mark !== null).length },
  };
}

/** What was last done to each node and edge by way of a fault. */
function marksOf(actions: readonly FaultAction[]): Map<string, string> {
  return new Map(actions.map(({ subject, what }) => [subject, what]));
}

function zoneView(topology: TopologyRecord, { name, kind }: Zone, marks: ReadonlyMap<string, string>): ZoneView {
  const roles = new Map(topology.nodes.map((node) => [node.name, node.role ?? null]));
  const nodes = [...topology.nodes, ...topology.endpoints]
    .filter(({ zone }) => zone === name)
    .map(
      (node): NodeView => ({
        name: node.name,
        label: node.name.endsWith(`.${name}`) ? node.name.slice(0, -name.length - 1) : node.name,
        tier: node.tier,
        role: roles.get(node.name) ?? null,
        mark: marks.get(node.name) ?? null,
      }),
    );
  const hit = nodes.filter(({ mark }) => mark !== null);
  const isolated = isIsolated(topology, nodes, marks) ? 'isolated' : null;
  const mark = hit.length === 0 ? isolated : `${hit.length} of ${nodes.length} nodes ${hit[0]!.mark}`;
  return { name, kind, nodes, mark };
}

/** Every edge that crosses the zone's border was cut; those of the telemetry plane may be spared. */
function isIsolated(
  { edges }: TopologyRecord,
  nodes: readonly NodeView[],
  marks: ReadonlyMap<string, string>,
): boolean {
  const within = new Set(nodes.map(({ name }) => name));
  const crossing = edges.filter(({ from, to, plane }) => plane !== 'telemetry' && within.has(from) !== within.has(to));
  return crossing.length > 0 && crossing.every((edge) => marks.has(edgeName(edge)));
}

function linksOf(topology: TopologyRecord, marks: ReadonlyMap<string, string>): LinkView[] {
  const tiers = new Map([...topology.nodes, ...topology.endpoints].map(({ name, tier }) => [name, tier]));
  const links = new Map<string, LinkView>();
  for (const edge of topology.edges) {
    const [fromTier, toTier] = [tiers.get(edge.from), tiers.get(edge.to)];
    if (edge.plane === 'telemetry' || edge.from === edge.to || fromTier === undefined || toTier === undefined) continue;
    const ranks = RANKS[toTier] - RANKS[fromTier];
    const downwards = ranks > 0 || (ranks === 0 && edge.from < edge.to);
    const [from, to] = downwards ? [edge.from, edge.to] : [edge.to, edge.from];
    const key = JSON.stringify([from, to]);
    const link = links.get(key) ?? {
      from,
      to,
      plane: edge.plane,
      bothWays: false,
      ranks: Math.abs(ranks),
      mark: null,
      withinFault: marks.has(from) && marks.has(to),
    };
    link.bothWays ||= !downwards;
    link.mark ??= marks.get(edgeName(edge)) ?? null;
    if (edge.plane === 'data') link.plane = 'data';
    links.set(key, link);
  }
  return [...links.values()];
}

function summaryOf({ nodes, edges }: TopologyRecord, marks: ReadonlyMap<string, string>): string {
  if (marks.size === 0) return 'No fault was injected: every node and every edge stayed as it was.';
  const counted = (marked: readonly string[], total: number, noun: string): string[] =>
    [...Map.groupBy(marked, (mark) => mark)].map(
      ([mark, { length }]) => `${length} of ${formatNumberOf(total, noun)} ${mark}`,
    );
  const marked = (names: readonly string[]) => names.flatMap((name) => marks.get(name) ?? []);
  const parts = [
    ...counted(marked(nodes.map(({ name }) => name)), nodes.length, 'node'),
    ...counted(marked(edges.map(edgeName)), edges.length, 'edge'),
  ];
  return `The fault: ${parts.join(', ')}.`;
}
