import { z } from 'zod';
import { CUT, type EdgeToxic } from '../../model/running-target.ts';
import { emptySelector, expectZone, lastingScope, type Selectable } from '../../model/selector.ts';
import { edgeName, zoneOf } from '../../model/topology.ts';
import { edgeActions } from '../actions.ts';
import { attestEdges } from '../attestation.ts';
import { defineFault } from '../define.ts';
import { attestNodes } from '../node-attestation.ts';
import { zonesParameter } from '../parameters.ts';

export const partition = defineFault({
  kind: 'partition',
  family: 'network',
  summary:
    'Zones on one side cannot reach those on the other: a majority and a minority, or a bridge that still reaches both.',
  parameters: z.strictObject({
    from: zonesParameter.describe('the zones of one side'),
    to: zonesParameter.optional().describe('the zones of the other side; all the rest when left out'),
    oneWay: z
      .boolean()
      .default(false)
      .describe('only what "from" sends is swallowed: its requests, and its answers to the other side'),
    includeTelemetry: z.boolean().default(false).describe('cut the telemetry plane as well'),
  }),
  undone: 'The edges carry again; connections whose bytes were swallowed are closed.',
  attested: 'A request across each edge finds no answer, and does again afterwards.',
  example: "partition({ from: ['us-west'], to: ['us-east'] }) // the witness is the bridge",
  title: ({ from, to, oneWay }) => {
    const one = from.join(' and ');
    if (to === undefined && !oneWay) return `Network partition that isolates ${one}`;
    const other = to?.join(' and ') ?? 'everybody else';
    return oneWay ? `${one} cannot send to ${other}` : `Network partition between ${one} and ${other}`;
  },
  scope({ from, to, includeTelemetry }, topology) {
    for (const zone of [...from, ...(to ?? [])]) expectZone(topology, zone);
    const others = to ?? topology.zones.map(({ name }) => name).filter((name) => !from.includes(name));
    const edges = topology.edges.filter(({ plane, ...edge }) => {
      const [a, b] = [zoneOf(topology, edge.from) ?? '', zoneOf(topology, edge.to) ?? ''];
      const crosses = (from.includes(a) && others.includes(b)) || (others.includes(a) && from.includes(b));
      return crosses && a !== b && (includeTelemetry || plane !== 'telemetry');
    });
    if (edges.length > 0) return { nodes: [], edges: edges.map(edgeName) };
    throw emptySelector(
      `No edge of ${topology.name} goes between ${from.join(', ')} and ${others.join(', ')}`,
      'Name zones that talk to each other.',
    );
  },
  async inject({ from, oneWay }, { network, target }, { edges }) {
    if (!oneWay) return edgeActions('cut', await network.impair(edges, CUT));
    const outward = edges.filter((edge) => from.includes(fromZoneOf(target.topology, edge)));
    const inward = edges.filter((edge) => !outward.includes(edge));
    const changes = await Promise.all([
      network.impair(outward, swallowed('upstream')),
      network.impair(inward, swallowed('downstream')),
    ]);
    return edgeActions('cut one way', changes.flat());
  },
  async undo(_, { network }, { edges }) {
    return edgeActions('restored', await network.heal(edges));
  },
  async attest({ from }, context, { edges }, { expected }) {
    const { topology } = context.target;
    const cutOff = topology.nodes.filter(({ zone }) => from.includes(zone)).map(({ name }) => name);
    const lasting = lastingScope(topology, { nodes: cutOff, edges });
    const probes = await Promise.all([
      expected === 'injected'
        ? attestEdges(context, edges, 'silent')
        : attestEdges(context, lasting.edges, 'answering'),
      attestNodes(context, lasting.nodes, 'running'),
    ]);
    return probes.flat();
  },
});

function swallowed(stream: EdgeToxic['stream']): EdgeToxic[] {
  return [{ type: 'blackhole', stream }];
}

function fromZoneOf(topology: Selectable, name: string): string {
  const edge = topology.edges.find((candidate) => edgeName(candidate) === name);
  return (edge && zoneOf(topology, edge.from)) ?? '';
}
