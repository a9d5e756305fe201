import { type Attributes, instance, type Edge as VizEdge, type Node as VizNode } from '@viz-js/viz';
import type { Tier } from '../model/topology.ts';
import { Html } from './html.ts';
import type { LinkView, NodeView, TopologyView, ZoneView } from './view/topology.ts';

const TIER_WORDS: Readonly<Record<Tier, string>> = {
  cdn: 'CDN edge',
  'load-balancer': 'load balancer',
  web: 'web server',
  scaling: 'autoscaler',
  cache: 'cache',
  database: 'database',
  coordination: 'coordinator',
  dns: 'name server',
  monitoring: 'Prometheus',
  clients: 'users',
  telemetry: 'span receiver',
};

/**
 * Lays a topology out with Graphviz and gives it as SVG for the page. Colours are left to the page's style sheet, by
 * the classes `link`, `node`, `zone`, `faulted` and the plane's name; the fault shows in words and line style as well.
 */
export async function drawTopology(view: TopologyView): Promise<Html> {
  const viz = await instance();
  const svg = viz.renderString(
    {
      directed: true,
      graphAttributes: { rankdir: 'TB', nodesep: 0.28, ranksep: 0.42, fontname: 'Helvetica', bgcolor: 'transparent' },
      nodeAttributes: { shape: 'box', style: 'rounded', fontname: 'Helvetica', fontsize: 14, margin: '0.12,0.06' },
      edgeAttributes: { fontname: 'Helvetica', fontsize: 10, arrowsize: 0.6 },
      edges: view.links.map(drawnLink),
      subgraphs: view.zones.filter(({ nodes }) => nodes.length > 0).map(drawnZone),
    },
    { format: 'svg' },
  );
  return new Html(withoutDocument(svg));
}

function drawnZone(
  zone: ZoneView,
  index: number,
): {
  name: string;
  graphAttributes: Attributes;
  nodes: VizNode[];
} {
  const mark = zone.mark === null ? '' : `  ✕ ${zone.mark}`;
  return {
    name: `cluster_${index}`,
    graphAttributes: {
      label: literal(`${zone.name}${mark}`),
      class: classes('zone', zone.kind, zone.mark),
      style: zone.mark === null ? 'rounded' : 'rounded,dashed',
      labeljust: 'l',
      fontsize: 15,
      margin: 12,
    },
    nodes: zone.nodes.map(drawnNode),
  };
}

function drawnNode(node: NodeView): VizNode {
  const tier = TIER_WORDS[node.tier];
  const kind = node.role === null ? tier : `${tier}, ${node.role}`;
  const isNamedSo = kind.toLowerCase() === node.label.toLowerCase();
  const lines = [node.label, ...(isNamedSo ? [] : [kind]), ...(node.mark === null ? [] : [`✕ ${node.mark}`])];
  return {
    name: identity(node.name),
    attributes: {
      label: lines.map(literal).join('\\n'),
      class: classes('server', node.tier, node.mark),
      style: node.mark === null ? 'rounded' : 'rounded,dashed',
      tooltip: literal(node.name),
    },
  };
}

/** Within a faulted zone everything is faulted: there the line's style is enough, and words would only be in the way. */
function drawnLink({ from, to, plane, bothWays, ranks, mark, withinFault }: LinkView): VizEdge {
  return {
    tail: identity(from),
    head: identity(to),
    attributes: {
      class: classes('link', plane, mark),
      dir: bothWays ? 'both' : 'forward',
      tooltip: literal(`${from} – ${to}${mark === null ? '' : `: ${mark}`}`),
      ...(ranks === 0 ? { constraint: false } : { minlen: ranks }),
      style: mark !== null ? 'dashed' : plane === 'data' ? 'solid' : 'dotted',
      ...(mark === null || withinFault ? {} : { label: literal(`✕ ${mark}`) }),
    },
  };
}

function classes(...names: (string | null)[]): string {
  const [kind, variety, mark] = names;
  return [kind, variety, mark === null ? null : 'faulted'].filter((name) => name !== null).join(' ');
}

/** Graphviz reads backslash sequences in labels, and entities in all text; neither may come from a name. */
function literal(text: string): string {
  return identity(text).replaceAll('\\', '\\\\').replaceAll('&', '&amp;');
}

/** Graphviz copies control characters, which no document may contain. */
function identity(name: string): string {
  return name.replaceAll(/\p{Cc}/gu, '\ufffd');
}

/** Just the svg element, free to fill its container: no XML declaration, no document type, no fixed height. */
function withoutDocument(svg: string): string {
  return svg
    .slice(svg.indexOf('<svg'))
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/^<svg width="([\d.]+)pt" height="[^"]*"/, '<svg width="$1" aria-hidden="true" focusable="false"')
    .trim();
}
