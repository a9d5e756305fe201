import { z } from 'zod';
import { describeEdges } from '../../model/selector.ts';
import { edgeActions, healEdges } from '../actions.ts';
import { attestEdges } from '../attestation.ts';
import { defineFault } from '../define.ts';
import { edgesParameter, milliseconds, toxicsOn } from '../parameters.ts';
import { selectStreams } from './streams.ts';

export const reset = defineFault({
  kind: 'reset',
  family: 'network',
  summary: 'Every connection on the edges is reset after its next bytes, which are lost.',
  parameters: z.strictObject({
    edges: edgesParameter,
    afterMs: milliseconds(0, 10_000).default(0).describe('from the first bytes of either side to the reset'),
  }),
  undone: 'Connections carry again; those that were about to be reset are reset at once, since they have lost bytes.',
  attested: 'A connection across each edge is reset before its request is answered.',
  example: "reset({ edges: edges({ from: tier('web'), to: tier('database') }) })",
  title: ({ edges, afterMs }) =>
    `Connections reset${afterMs > 0 ? ` after ${afterMs} ms` : ''} on ${describeEdges(edges)}`,
  scope: ({ edges }, topology) => selectStreams(topology, edges, { kind: 'reset' }),
  async inject({ afterMs }, { network }, { edges }) {
    // A toxic sees only its own stream, and whichever side speaks first must be reset.
    const attributes = { timeout: afterMs };
    const toxics = toxicsOn('both', 'reset_peer', attributes);
    return edgeActions('made to reset', await network.impair(edges, toxics));
  },
  undo: (_, context, scope) => healEdges(context, scope),
  attest: ({ afterMs }, context, { edges }, { expected }) =>
    expected === 'injected'
      ? attestEdges(context, edges, 'resetting', { afterMs })
      : attestEdges(context, edges, 'answering'),
});
