import { z } from 'zod';
import { describeEdges, selectEdges } from '../../model/selector.ts';
import { edgeActions, healEdges } from '../actions.ts';
import { attestEdges } from '../attestation.ts';
import { defineFault } from '../define.ts';
import { directionParameter, edgesParameter, toxicsOn } from '../parameters.ts';

export const blackhole = defineFault({
  kind: 'blackhole',
  family: 'network',
  summary: 'The edges go silent: bytes and closes are swallowed, new connections are accepted and stay unanswered.',
  parameters: z.strictObject({ edges: edgesParameter, direction: directionParameter }),
  undone: 'The edges carry again; connections whose bytes were swallowed are closed.',
  attested: 'A request across each edge finds no answer, whichever direction is swallowed.',
  example: "blackhole({ edges: edges({ to: role('primary') }), direction: 'downstream' })",
  title: ({ edges, direction }) =>
    direction === 'both' ? `Silence on ${describeEdges(edges)}` : `Silence ${direction} on ${describeEdges(edges)}`,
  scope: ({ edges }, topology) => ({ nodes: [], edges: selectEdges(topology, edges) }),
  async inject({ direction }, { network }, { edges }) {
    const toxics = toxicsOn(direction, 'blackhole');
    return edgeActions('silenced', await network.impair(edges, toxics));
  },
  undo: (_, context, scope) => healEdges(context, scope),
  attest: (_, context, { edges }, { expected }) =>
    attestEdges(context, edges, expected === 'injected' ? 'silent' : 'answering'),
});
