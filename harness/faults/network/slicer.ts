import { z } from 'zod';
import { describeEdges } from '../../model/selector.ts';
import { edgeActions, healEdges } from '../actions.ts';
import { attestDelay } from '../attestation.ts';
import { defineFault } from '../define.ts';
import { edgesParameter, milliseconds, provableDirectionParameter, streamsOf, toxicsOn } from '../parameters.ts';
import { lengthProblem, questionBytes, selectStreams } from './streams.ts';

/** A question is made so long that it takes about this much longer, where its protocol allows; */
const ADDED_MS = 400;
/** and this at least: less could be the machine's own doing. */
const ADDED_MS_MIN = 50;
/** Beside what the halving leaves open. */
const TOLERANCE_MS = 25;

export const slicer = defineFault({
  kind: 'slicer',
  family: 'network',
  summary: 'Data on the edges arrives in small pieces, with a pause after each.',
  parameters: z.strictObject({
    edges: edgesParameter,
    sliceBytes: z
      .int()
      .min(100)
      .max(10_000)
      .meta({ unit: 'bytes' })
      .describe('the longest piece; data is halved until no piece is longer, so the shortest have half of it'),
    delayMs: milliseconds(1, 500).describe('the pause after each piece'),
    direction: provableDirectionParameter,
  }),
  undone: 'The toxics are removed; what was held back arrives at once.',
  attested: 'The median time of five requests of known length across each edge is compared with that before the fault.',
  example: "slicer({ edges: edges({ to: tier('web') }), sliceBytes: 500, delayMs: 20 })",
  title: ({ edges, sliceBytes, delayMs }) =>
    `Data in pieces of ${sliceBytes} bytes, ${delayMs} ms apart, on ${describeEdges(edges)}`,
  scope: ({ edges, sliceBytes, delayMs, direction }, topology) =>
    selectStreams(topology, edges, {
      kind: 'slicer',
      problem: (protocol) => lengthProblem(protocol, bytesFor(ADDED_MS_MIN, sliceBytes, delayMs), direction),
    }),
  async inject({ sliceBytes, delayMs, direction }, { network }, { edges }) {
    const attributes = { average_size: sliceBytes, size_variation: 0, delay: Math.round(delayMs * 1000) };
    const toxics = toxicsOn(direction, 'slicer', attributes);
    return edgeActions('sliced', await network.impair(edges, toxics));
  },
  undo: (_, context, scope) => healEdges(context, scope),
  async attest({ sliceBytes, delayMs, direction }, context, { edges }, look) {
    const wanted = bytesFor(ADDED_MS, sliceBytes, delayMs);
    const questions = questionBytes(context.target.topology, edges, wanted);
    const probes = [...questions].map(([edge, bytes]) => {
      // Halving leaves pieces of half the longest to the longest; no pause is awaited after the last one.
      const [fewest, most] = [bytes / sliceBytes - 1, (2 * bytes) / sliceBytes];
      const streams = streamsOf(direction).length;
      const addedMs = ((fewest + most) / 2) * delayMs * streams;
      const toleranceMs = ((most - fewest) / 2) * delayMs * streams + TOLERANCE_MS;
      return attestDelay(context, [edge], look, { addedMs, toleranceMs, bytes });
    });
    return (await Promise.all(probes)).flat();
  },
});

/** How long data is whose pieces take at least this much longer. */
function bytesFor(addedMs: number, sliceBytes: number, delayMs: number): number {
  return sliceBytes * (Math.ceil(addedMs / delayMs) + 1);
}
