import { z } from 'zod';
import { describeEdges } from '../../model/selector.ts';
import { edgeActions, healEdges } from '../actions.ts';
import { attestEdges } from '../attestation.ts';
import { defineFault } from '../define.ts';
import { edgesParameter, provableDirectionParameter, toxicsOn } from '../parameters.ts';
import { lengthProblem, selectStreams } from './streams.ts';

/** A short question and its answer stay below it, so that a probe can tell a limit from an edge that is closed. */
const LIMIT_BYTES_MIN = 1000;
/** By this much a long question is longer. */
const BEYOND_BYTES = 1000;

export const limitData = defineFault({
  kind: 'limit-data',
  family: 'network',
  summary: 'Each connection on the edges is closed once it has carried so many bytes.',
  parameters: z.strictObject({
    edges: edgesParameter,
    limitBytes: z
      .int()
      .min(LIMIT_BYTES_MIN)
      .max(99_000)
      .meta({ unit: 'bytes' })
      .describe(
        'for each connection and direction, from when the fault begins; up to 13,000 can be proven in HTTP, 8,900 in PostgreSQL',
      ),
    direction: provableDirectionParameter,
  }),
  undone: 'The toxics are removed: connections that have not reached the limit go on.',
  attested: 'Across each edge a short request is answered, and one that is longer than the limit is cut.',
  example: "limitData({ edges: edges({ to: tier('web') }), limitBytes: 4000 })",
  title: ({ edges, limitBytes }) => `Connections closed after ${limitBytes} bytes on ${describeEdges(edges)}`,
  scope: ({ edges, limitBytes, direction }, topology) =>
    selectStreams(topology, edges, {
      kind: 'limit-data',
      problem: (protocol) => lengthProblem(protocol, limitBytes + BEYOND_BYTES, direction),
    }),
  async inject({ limitBytes, direction }, { network }, { edges }) {
    const attributes = { bytes: limitBytes };
    const toxics = toxicsOn(direction, 'limit_data', attributes);
    return edgeActions('limited', await network.impair(edges, toxics));
  },
  undo: (_, context, scope) => healEdges(context, scope),
  async attest({ limitBytes }, context, { edges }, { expected }) {
    const bytes = limitBytes + BEYOND_BYTES;
    const probes = await Promise.all([
      attestEdges(context, edges, 'answering'),
      attestEdges(context, edges, expected === 'injected' ? 'closing' : 'answering', { bytes }),
    ]);
    return probes.flat();
  },
});
