import { z } from 'zod';
import type { AttestationProbe, FaultContext } from '../../model/fault.ts';
import { describeEdges, selectEdges } from '../../model/selector.ts';
import { edgeActions, healEdges } from '../actions.ts';
import { defineFault } from '../define.ts';
import { directionParameter, edgesParameter, streamsOf, toxicsOn } from '../parameters.ts';
import { atLeast, atMost } from './binomial.ts';

/** A probe whose data was lost is never answered; one whose data was not takes a few milliseconds. */
const SILENCE_MS = 1000;
/** Without the fault nobody waits that long, and a machine that is busy for a moment proves nothing. */
const ANSWER_MS = 2000;
/** As many at once on an edge: more would load a small target. */
const PROBES_AT_ONCE = 25;
/** So many probes that all of them are answered with this probability, although the loss is what was asked for. */
const UNNOTICED = 1e-7;
/** What was counted fits the loss unless so few or so many come with less than this probability. */
const IMPROBABLE = 1e-5;

export const packetLoss = defineFault({
  kind: 'packet-loss',
  family: 'network',
  summary:
    'A share of what crosses the edges is lost: datagrams of DNS; of a stream, what one read returned, which nobody sends again, so its receiver finds a hole. For the delay that lost packets cause, use latency with jitter.',
  parameters: z.strictObject({
    edges: edgesParameter,
    lossRate: z.number().min(0.1).max(0.9).describe('the share that is lost in each direction that is meant'),
    direction: directionParameter,
  }),
  undone: 'The toxics are removed. Connections that have lost bytes stay as they are.',
  attested:
    'Of 25 to 153 requests across each edge, so many go unanswered as the loss makes probable; names are asked for by datagram.',
  example: "packetLoss({ edges: edges({ to: tier('dns') }), lossRate: 0.3 })",
  title: ({ edges, lossRate }) => `Loss of ${Math.round(lossRate * 100)} % on ${describeEdges(edges)}`,
  scope: ({ edges }, topology) => ({ nodes: [], edges: selectEdges(topology, edges) }),
  async inject({ lossRate, direction }, { network }, { edges }) {
    const attributes = { loss_rate: lossRate, correlation: 0 };
    const toxics = toxicsOn(direction, 'packet_loss', attributes);
    return edgeActions('made lossy', await network.impair(edges, toxics));
  },
  undo: (_, context, scope) => healEdges(context, scope),
  async attest({ lossRate, direction }, context, { edges }, { expected }) {
    const lost = 1 - (1 - lossRate) ** streamsOf(direction).length;
    return await Promise.all(edges.map((edge) => attestLoss(context, edge, { lost, expected })));
  },
});

/** @param lost the probability that a request goes unanswered while the fault is there. */
async function attestLoss(
  { probeEdge, clock, target }: FaultContext,
  subject: string,
  { lost, expected }: { lost: number; expected: 'injected' | 'absent' },
): Promise<AttestationProbe> {
  const atMs = clock.now();
  // One answer to a name would be enough for both transports: asked by one alone, each loss shows.
  const transport = target.network.capabilities.datagrams ? 'udp' : 'tcp';
  const timeoutMs = expected === 'injected' ? SILENCE_MS : ANSWER_MS;
  const count = Math.max(PROBES_AT_ONCE, Math.ceil(Math.log(UNNOTICED) / Math.log(1 - lost)));
  let unanswered = 0;
  for (let asked = 0; asked < count; asked += PROBES_AT_ONCE) {
    const length = Math.min(PROBES_AT_ONCE, count - asked);
    const probes = await Promise.all(Array.from({ length }, () => probeEdge(subject, { timeoutMs, transport })));
    unanswered += probes.filter(({ outcome }) => outcome !== 'answered').length;
  }
  const rate = expected === 'injected' ? lost : 0;
  const likely = Array.from({ length: count + 1 }, (_, losses) => losses).filter(
    (losses) => Math.min(atMost(losses, count, rate), atLeast(losses, count, rate)) > IMPROBABLE,
  );
  return {
    subject,
    expectation: `of ${count} requests ${likely[0]} to ${likely.at(-1)} find no answer within ${timeoutMs} ms`,
    observed: `${unanswered} of ${count} found none`,
    status: likely.includes(unanswered) ? 'confirmed' : 'mismatch',
    ...{ atMs, durationMs: clock.now() - atMs },
    measured: { value: (100 * unanswered) / count, unit: '%' },
  };
}
