import { z } from 'zod';
import type { AttestationProbe, EdgeProbe, FaultContext } from '../../model/fault.ts';
import { CUT } from '../../model/running-target.ts';
import { describeEdges, selectEdges } from '../../model/selector.ts';
import { edgeActions, healEdges } from '../actions.ts';
import { defineFault } from '../define.ts';
import { edgesParameter, milliseconds } from '../parameters.ts';

/** An edge that does not answer this long is silent; shorter where the silence itself is short. */
const SILENCE_MS_MAX = 500;
/** An edge that does not flap has more time: a silence that ends before closes the connection, and is found as well. */
const ANSWER_MS = 2000;
const PAUSE_MS = 50;

export const flapping = defineFault({
  kind: 'flapping',
  family: 'network',
  summary: 'The edges go silent and come back, again and again.',
  parameters: z.strictObject({
    edges: edgesParameter,
    periodMs: milliseconds(2000, 60_000).describe('from one silence to the next'),
    silentShare: z.number().min(0.25).max(0.75).default(0.5).describe('the share of each period that is silent'),
  }),
  undone: 'The edges carry again and stay so; connections whose bytes were swallowed are closed.',
  attested: 'Requests across each edge, one after the other, are answered and find no answer within two periods.',
  example: "flapping({ edges: edges({ from: zone('us-east'), to: zone('us-west') }), periodMs: 4000 })",
  title: ({ edges, periodMs }) => `Silence every ${periodMs} ms on ${describeEdges(edges)}`,
  scope: ({ edges }, topology) => ({ nodes: [], edges: selectEdges(topology, edges) }),
  async inject({ periodMs, silentShare }, context, { edges }) {
    const { network, clock } = context;
    const startedAtMs = clock.now();
    const actions = edgeActions('silenced', await network.impair(edges, CUT));
    context.background(async (signal) => {
      for (let period = 0; ; period += 1) {
        await clock.sleep(startedAtMs + (period + silentShare) * periodMs - clock.now(), signal);
        for (const action of edgeActions('healed', await network.heal(edges))) context.acted(action);
        await clock.sleep(startedAtMs + (period + 1) * periodMs - clock.now(), signal);
        for (const action of edgeActions('silenced', await network.impair(edges, CUT))) context.acted(action);
      }
    });
    return actions;
  },
  undo: (_, context, scope) => healEdges(context, scope),
  attest: ({ periodMs, silentShare }, context, { edges }, { expected }) =>
    Promise.all(
      edges.map((edge) => {
        const silenceMs = Math.min(SILENCE_MS_MAX, (periodMs * silentShare) / 2);
        const timeoutMs = expected === 'injected' ? silenceMs : ANSWER_MS;
        return attestStates(context, edge, { periodMs, timeoutMs, expected });
      }),
    ),
});

/** Watches an edge for two periods, or until both states were seen; absent: for one period, in which it must answer. */
async function attestStates(
  { probeEdge, clock }: FaultContext,
  subject: string,
  how: { periodMs: number; timeoutMs: number; expected: 'injected' | 'absent' },
): Promise<AttestationProbe> {
  const { periodMs, timeoutMs, expected } = how;
  const flaps = expected === 'injected';
  const atMs = clock.now();
  const untilMs = atMs + (flaps ? 2 : 1) * periodMs;
  const seen: Record<EdgeProbe['outcome'], number> = {
    ...{ answered: 0, silent: 0, refused: 0, reset: 0, closed: 0, failed: 0 },
  };
  const both = () => seen.answered > 0 && seen.silent > 0;
  const others = () => Object.values(seen).reduce((sum, count) => sum + count, 0) - seen.answered;
  while (clock.now() < untilMs && !(flaps ? both() : others() > 0)) {
    seen[(await probeEdge(subject, { timeoutMs })).outcome] += 1;
    await clock.sleep(PAUSE_MS);
  }
  const counted = Object.entries(seen).filter(([, count]) => count > 0);
  return {
    subject,
    expectation: flaps
      ? `within ${2 * periodMs} ms requests are answered, and find no answer within ${timeoutMs} ms`
      : `for ${periodMs} ms every request is answered within ${timeoutMs} ms`,
    observed: `of requests one after the other ${counted.map(([outcome, count]) => `${count} ${outcome}`).join(', ')}`,
    status: (flaps ? both() : others() === 0) ? 'confirmed' : 'mismatch',
    ...{ atMs, durationMs: clock.now() - atMs },
  };
}
