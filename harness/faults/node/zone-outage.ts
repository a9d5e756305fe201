import { z } from 'zod';
import { edgesTouchingZone, emptySelector, expectZone } from '../../model/selector.ts';
import { defineFault } from '../define.ts';
import { zoneParameter } from '../parameters.ts';
import { powerLoss } from './power-loss.ts';

export const zoneOutage = defineFault({
  kind: 'zone-outage',
  family: 'node',
  summary: 'Power loss of a whole zone: all its edges go silent, then all its processes die, within 100 ms.',
  parameters: z.strictObject({ zone: zoneParameter }),
  undone: powerLoss.undone,
  attested: powerLoss.attested,
  example: "zoneOutage({ zone: 'us-west' })",
  title: ({ zone }) => `Power loss of ${zone}`,
  scope({ zone }, topology) {
    expectZone(topology, zone);
    const nodes = topology.nodes.filter((node) => node.zone === zone).map(({ name }) => name);
    if (nodes.length === 0) {
      throw emptySelector(
        `Zone "${zone}" of ${topology.name} has no nodes: there is nothing to break`,
        'Name a zone with servers.',
      );
    }
    return { nodes, edges: edgesTouchingZone(topology, zone) };
  },
  inject: (_, context, scope) => powerLoss.inject(context, scope),
  undo: (_, context, scope) => powerLoss.undo(context, scope),
  attest: (_, context, scope, look) => powerLoss.attest(context, scope, look),
});
