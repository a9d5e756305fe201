import { z } from 'zod';
import { describeEdges, selectEdges } from '../../model/selector.ts';
import { edgeActions, healEdges } from '../actions.ts';
import { attestDelay, delayTolerance } from '../attestation.ts';
import { defineFault } from '../define.ts';
import { directionParameter, edgesParameter, milliseconds, streamsOf, toxicsOn } from '../parameters.ts';

/** Below it, what a busy machine adds to a request by itself would decide about the proof. */
const LATENCY_MS_MIN = 20;

export const latency = defineFault({
  kind: 'latency',
  family: 'network',
  summary: 'Every byte on the edges arrives later, by the same time or by one that is drawn.',
  parameters: z.strictObject({
    edges: edgesParameter,
    latencyMs: milliseconds(LATENCY_MS_MIN, 60_000).describe('what is added in each direction that is meant'),
    jitterMs: milliseconds(0, 30_000)
      .default(0)
      .describe('drawn anew for each piece of data, up to this much either way'),
    direction: directionParameter,
  }),
  undone: 'The toxics are removed; what is under way arrives.',
  attested: 'The median time of five requests across each edge is compared with that before the fault.',
  example: "latency({ edges: edges({ from: tier('web'), to: tier('database') }), latencyMs: 200, jitterMs: 20 })",
  title: ({ edges, latencyMs, jitterMs }) =>
    `${latencyMs} ms latency${jitterMs > 0 ? ` ± ${jitterMs} ms` : ''} on ${describeEdges(edges)}`,
  scope: ({ edges }, topology) => ({ nodes: [], edges: selectEdges(topology, edges) }),
  async inject({ latencyMs, jitterMs, direction }, { network }, { edges }) {
    const attributes = { latency: latencyMs, jitter: jitterMs };
    const toxics = toxicsOn(direction, 'latency', attributes);
    return edgeActions('slowed', await network.impair(edges, toxics));
  },
  undo: (_, context, scope) => healEdges(context, scope),
  attest({ latencyMs, jitterMs, direction }, context, { edges }, look) {
    const addedMs = latencyMs * streamsOf(direction).length;
    const toleranceMs = delayTolerance(addedMs) + jitterMs * streamsOf(direction).length;
    return attestDelay(context, edges, look, { addedMs, toleranceMs });
  },
});
