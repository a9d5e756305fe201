import { z } from 'zod';
import { describeEdges } from '../../model/selector.ts';
import { edgeActions, healEdges } from '../actions.ts';
import { attestDelay, delayTolerance } from '../attestation.ts';
import { defineFault } from '../define.ts';
import { edgesParameter, provableDirectionParameter, streamsOf, toxicsOn } from '../parameters.ts';
import { lengthProblem, questionBytes, selectStreams } from './streams.ts';

/** A question is made so long that it takes this much longer, where its protocol allows; */
const ADDED_MS = 400;
/** and this at least: less could be the machine's own doing. */
const ADDED_MS_MIN = 50;
const TOLERANCE_MS_MIN = 25;

export const bandwidth = defineFault({
  kind: 'bandwidth',
  family: 'network',
  summary: 'Each connection on the edges carries no more than so many bytes in a second.',
  parameters: z.strictObject({
    edges: edgesParameter,
    rateKBps: z
      .int()
      .min(1)
      .max(2000)
      .meta({ unit: 'KB/s' })
      .describe(
        'for each connection and direction; a KB is 1000 bytes; up to 280 can be proven in HTTP, 198 in PostgreSQL',
      ),
    direction: provableDirectionParameter,
  }),
  undone: 'The toxics are removed; what was held back arrives at once.',
  attested: 'The median time of five requests of known length across each edge is compared with that before the fault.',
  example: "bandwidth({ edges: edges({ from: tier('load-balancer'), to: tier('web') }), rateKBps: 50 })",
  title: ({ edges, rateKBps }) => `Bandwidth of ${rateKBps} KB/s on ${describeEdges(edges)}`,
  scope: ({ edges, rateKBps, direction }, topology) =>
    selectStreams(topology, edges, {
      kind: 'bandwidth',
      problem: (protocol) => lengthProblem(protocol, rateKBps * ADDED_MS_MIN, direction),
    }),
  async inject({ rateKBps, direction }, { network }, { edges }) {
    const attributes = { rate: rateKBps };
    const toxics = toxicsOn(direction, 'bandwidth', attributes);
    return edgeActions('throttled', await network.impair(edges, toxics));
  },
  undo: (_, context, scope) => healEdges(context, scope),
  async attest({ rateKBps, direction }, context, { edges }, look) {
    const questions = questionBytes(context.target.topology, edges, rateKBps * ADDED_MS);
    const probes = [...questions].map(([edge, bytes]) => {
      const addedMs = (bytes / rateKBps) * streamsOf(direction).length;
      const toleranceMs = delayTolerance(addedMs, TOLERANCE_MS_MIN);
      return attestDelay(context, [edge], look, { addedMs, toleranceMs, bytes });
    });
    return (await Promise.all(probes)).flat();
  },
});
