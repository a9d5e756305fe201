import { z } from 'zod';
import { describeEdges, selectEdges } from '../../model/selector.ts';
import { edgeActions, healEdges } from '../actions.ts';
import { attestEdges } from '../attestation.ts';
import { defineFault } from '../define.ts';
import { edgesParameter } from '../parameters.ts';

export const refuse = defineFault({
  kind: 'refuse',
  family: 'network',
  summary: 'Nobody listens any more where the edges begin: their connections are closed, and new ones refused.',
  parameters: z.strictObject({ edges: edgesParameter }),
  undone: 'The edges listen again at the same addresses.',
  attested: 'A connection across each edge is refused.',
  example: "refuse({ edges: edges({ from: tier('web'), to: tier('cache') }) })",
  title: ({ edges }) => `Connections refused on ${describeEdges(edges)}`,
  scope: ({ edges }, topology) => ({ nodes: [], edges: selectEdges(topology, edges) }),
  async inject(_, { network }, { edges }) {
    return edgeActions('refused', await network.refuse(edges));
  },
  undo: (_, context, scope) => healEdges(context, scope),
  attest: (_, context, { edges }, { expected }) =>
    attestEdges(context, edges, expected === 'injected' ? 'refusing' : 'answering'),
});
