import { didYouMean } from '../base/closest.ts';
import { EXIT_USAGE, Problem } from '../base/errors.ts';
import type { FaultScope } from './fault.ts';
import {
  type Edge,
  edgeName,
  type Plane,
  startsWithTarget,
  type Tier,
  type TopologyRecord,
  zoneOf,
} from './topology.ts';

/** Exactly what a selector needs of a topology: its definition will do, and its record too. */
export type Selectable = Pick<TopologyRecord, 'name' | 'zones' | 'hosts' | 'endpoints' | 'edges'> & {
  readonly nodes: readonly Pick<
    TopologyRecord['nodes'][number],
    'name' | 'zone' | 'host' | 'tier' | 'role' | 'ports' | 'start'
  >[];
};

/** Nodes for which all of this holds. As data, so that a schedule can be a file. */
export interface NodeSelector {
  readonly node?: string | undefined;
  readonly zone?: string | undefined;
  /** A failure domain: what dies together. */
  readonly host?: string | undefined;
  readonly tier?: Tier | undefined;
  /** The role at bring-up: `primary`, `standby`. */
  readonly role?: string | undefined;
}

/** Edges for which all of this holds; their ends may also be groups of clients and the collector. */
export interface EdgeSelector {
  readonly from?: NodeSelector | undefined;
  readonly to?: NodeSelector | undefined;
  readonly port?: string | undefined;
  readonly plane?: Plane | undefined;
}

/** One selector, or several whose matches are taken together. */
export type OneOrMore<T> = T | readonly T[];

export const node = (name: string): NodeSelector => ({ node: name });
export const zone = (name: string): NodeSelector => ({ zone: name });
export const host = (name: string): NodeSelector => ({ host: name });
export const tier = (name: Tier, within: Omit<NodeSelector, 'tier'> = {}): NodeSelector => ({ tier: name, ...within });
export const role = (name: string, within: Omit<NodeSelector, 'role'> = {}): NodeSelector => ({
  role: name,
  ...within,
});
export const edges = (selector: EdgeSelector): EdgeSelector => selector;

/**
 * The names of the nodes that are meant, in the topology's order. Nodes that start on request are meant where a selector
 * matches nothing else, so by their names: it cannot be foreseen whether they will run.
 * @throws Problem `empty-selector` (exit code 4) when a selector matches nothing: such a fault would prove nothing.
 */
export function selectNodes(topology: Selectable, selectors: OneOrMore<NodeSelector>): string[] {
  return union(topology.nodes, listOf(selectors), {
    matches: (candidate, selector) => matchesNode(candidate, selector),
    isLasting: startsWithTarget,
    nameOf: ({ name }) => name,
    nothing: (selector) => nothingMatches(topology, 'node', selector, describeNodes(selector)),
  });
}

/**
 * The names of the edges that are meant, in the topology's order. Those to nodes that start on request are meant where a
 * selector matches nothing else.
 * @throws Problem `empty-selector` (exit code 4).
 */
export function selectEdges(topology: Selectable, selectors: OneOrMore<EdgeSelector>): string[] {
  return union(topology.edges, listOf(selectors), {
    matches: (edge, { from, to, port, plane }) =>
      matchesEnd(topology, edge.from, from) &&
      matchesEnd(topology, edge.to, to) &&
      (port === undefined || edge.port === port) &&
      (plane === undefined || edge.plane === plane),
    isLasting: (edge) => leadsToLasting(topology, edge),
    nameOf: edgeName,
    nothing: (selector) =>
      nothingMatches(topology, 'edge', { ...selector.from, ...selector.to }, describeEdges(selector)),
  });
}

/** `nodes of tier web in us-east`, for titles and previews. */
export function describeNodes(selectors: OneOrMore<NodeSelector>): string {
  return listOf(selectors).map(describeOne).join(' and ');
}

/** `edges from us-east to tier database, port sql`. */
export function describeEdges(selectors: OneOrMore<EdgeSelector>): string {
  const words = listOf(selectors).map(({ from, to, port, plane }) => {
    const ends = [...(from ? [`from ${describeOne(from)}`] : []), ...(to ? [`to ${describeOne(to)}`] : [])];
    const rest = [...(port ? [`port ${port}`] : []), ...(plane ? [`${plane} plane`] : [])];
    return (
      [ends.length + rest.length === 0 ? 'every edge' : 'edges', ...ends].join(' ') +
      rest.map((word) => `, ${word}`).join('')
    );
  });
  return words.join(' and ');
}

function describeOne({ node: name, zone: where, host: on, tier: kind, role: as }: NodeSelector): string {
  if (name !== undefined) return name;
  const words = [
    ...(as === undefined ? [] : [`role ${as}`]),
    ...(kind === undefined ? [] : [`tier ${kind}`]),
    ...(on === undefined ? [] : [`host ${on}`]),
    ...(where === undefined ? [] : [where]),
  ];
  return words.length === 0 ? 'every node' : words.join(' in ');
}

interface End {
  readonly name: string;
  readonly zone: string;
  readonly tier: Tier;
  readonly host?: string;
  readonly role?: string;
}

function matchesNode(candidate: End, selector: NodeSelector): boolean {
  const wanted: [string | undefined, string | undefined][] = [
    [selector.node, candidate.name],
    [selector.zone, candidate.zone],
    [selector.host, candidate.host],
    [selector.tier, candidate.tier],
    [selector.role, candidate.role],
  ];
  return wanted.every(([expected, found]) => expected === undefined || expected === found);
}

function matchesEnd(topology: Selectable, name: string, selector: NodeSelector | undefined): boolean {
  if (selector === undefined) return true;
  const end: End | undefined = [...topology.nodes, ...topology.endpoints].find((candidate) => candidate.name === name);
  return end !== undefined && matchesNode(end, selector);
}

function union<T, S>(
  candidates: readonly T[],
  selectors: readonly S[],
  how: {
    matches: (candidate: T, selector: S) => boolean;
    /** Whether it is there as long as the target is. */
    isLasting: (candidate: T) => boolean;
    nameOf: (candidate: T) => string;
    nothing: (s: S) => Problem;
  },
): string[] {
  const matched = new Set<string>();
  for (const selector of selectors) {
    const found = candidates.filter((candidate) => how.matches(candidate, selector));
    if (found.length === 0) throw how.nothing(selector);
    for (const candidate of lastingOf(found, how.isLasting)) matched.add(how.nameOf(candidate));
  }
  return candidates.map(how.nameOf).filter((name) => matched.has(name));
}

function lastingOf<T>(found: readonly T[], isLasting: (candidate: T) => boolean): readonly T[] {
  const lasting = found.filter(isLasting);
  return lasting.length === 0 ? found : lasting;
}

function leadsToLasting({ nodes }: Selectable, { to }: Edge): boolean {
  return startsWithTarget(nodes.find(({ name }) => name === to) ?? {});
}

/**
 * What is to be found again after a fault that took everything: of its nodes those that come up with the target, and of its
 * edges those that do not lead to another. Where there is nothing but others, they are.
 */
export function lastingScope(topology: Selectable, { nodes, edges }: FaultScope): FaultScope {
  const chosenNodes = topology.nodes.filter(({ name }) => nodes.includes(name));
  const chosenEdges = topology.edges.filter((edge) => edges.includes(edgeName(edge)));
  return {
    nodes: lastingOf(chosenNodes, startsWithTarget).map(({ name }) => name),
    edges: lastingOf(chosenEdges, (edge) => leadsToLasting(topology, edge)).map(edgeName),
  };
}

/** A selector that matches nothing is an error: a fault that touches nothing would prove nothing. */
export function emptySelector(message: string, hint: string): Problem {
  return new Problem(message, { code: 'empty-selector', hint, exitCode: EXIT_USAGE });
}

/** What a selector matches exists, but the fault cannot be done to it. */
export function unsuitable(message: string, hint: string): Problem {
  return new Problem(message, { code: 'unsuitable', hint, exitCode: EXIT_USAGE });
}

/** The zone's name if it exists; otherwise the error that lists those that do. */
export function expectZone({ name, zones }: Selectable, wanted: string): string {
  if (zones.some((candidate) => candidate.name === wanted)) return wanted;
  const known = zones.map((candidate) => candidate.name).join(', ');
  throw emptySelector(`Zone "${wanted}" matches nothing in ${name}`, `Zones of ${name}: ${known}.`);
}

/** Names the first criterion that nothing in the topology has; else only their combination is empty. */
function nothingMatches(topology: Selectable, what: 'node' | 'edge', selector: NodeSelector, words: string): Problem {
  const ends: End[] = [...topology.nodes, ...topology.endpoints];
  const known: Record<keyof NodeSelector, (string | undefined)[]> = {
    node: ends.map(({ name }) => name),
    zone: topology.zones.map(({ name }) => name),
    host: topology.hosts.map(({ name }) => name),
    tier: ends.map(({ tier: kind }) => kind),
    role: topology.nodes.map(({ role: as }) => as),
  };
  for (const key of Object.keys(known) as (keyof NodeSelector)[]) {
    const wanted = selector[key];
    const names = [...new Set(known[key].filter((name) => name !== undefined))];
    if (wanted === undefined || names.includes(wanted)) continue;
    return emptySelector(
      `No ${what} of ${topology.name} matches "${words}": it has no ${key} "${wanted}"${didYouMean(wanted, names)}`,
      `It has ${key === 'node' ? 'the nodes' : `these for ${key}`}: ${names.join(', ')}.`,
    );
  }
  return emptySelector(
    `No ${what} of ${topology.name} matches "${words}"`,
    'Each part of it exists, but not together; "npm run experiment NAME -- --dry-run" lists what matches.',
  );
}

function listOf<T>(value: OneOrMore<T>): readonly T[] {
  return Array.isArray(value) ? value : [value as T];
}

/** Edges with at least one end in the zone. */
export function edgesTouchingZone(topology: Selectable, name: string): string[] {
  return topology.edges
    .filter(({ from, to }) => zoneOf(topology, from) === name || zoneOf(topology, to) === name)
    .map(edgeName);
}
