import { z } from 'zod';
import { describeEdges } from '../../model/selector.ts';
import { edgeActions, healEdges } from '../actions.ts';
import { attestDelay, delayTolerance } from '../attestation.ts';
import { defineFault } from '../define.ts';
import { edgesParameter, milliseconds } from '../parameters.ts';
import { selectStreams } from './streams.ts';

export const slowClose = defineFault({
  kind: 'slow-close',
  family: 'network',
  summary: 'When the far end of an edge closes a connection, the near end learns it later.',
  parameters: z.strictObject({
    edges: edgesParameter,
    delayMs: milliseconds(50, 30_000).describe('from the close of the far end to that of the near end'),
  }),
  undone: 'The toxics are removed; closes that were held back come at once.',
  attested:
    'The far end of each edge is asked to close after its answer; the median time that takes is compared with that before the fault.',
  example: "slowClose({ edges: edges({ to: tier('web') }), delayMs: 2000 })",
  title: ({ edges, delayMs }) => `Closes ${delayMs} ms late on ${describeEdges(edges)}`,
  scope: ({ edges }, topology) => selectStreams(topology, edges, { kind: 'slow-close' }),
  async inject({ delayMs }, { network }, { edges }) {
    const toxic = { type: 'slow_close', stream: 'downstream', attributes: { delay: delayMs } } as const;
    return edgeActions('made to close late', await network.impair(edges, [toxic]));
  },
  undo: (_, context, scope) => healEdges(context, scope),
  attest({ delayMs: addedMs }, context, { edges }, look) {
    const toleranceMs = delayTolerance(addedMs);
    return attestDelay(context, edges, look, { addedMs, toleranceMs, untilClosed: true });
  },
});
