import { z } from 'zod';
import { Problem } from '../../base/errors.ts';
import { formatDuration } from '../../model/analysis/format.ts';
import type { FaultContext } from '../../model/fault.ts';
import { describeNodes, selectNodes } from '../../model/selector.ts';
import { defineFault } from '../define.ts';
import { attestComingAndGoing, attestNodes } from '../node-attestation.ts';
import { milliseconds, nodesParameter } from '../parameters.ts';
import { killNodes, STARTED_AGAIN, startAgain } from './ending.ts';

/** In less, most servers do not even begin to listen. */
const PERIOD_MS_MIN = 500;
/** How a start ends that a crash loop does not wait for any longer, or that the node did not survive. */
const UNFINISHED = ['node-not-ready', 'node-died'];

export const crashLoop = defineFault({
  kind: 'crash-loop',
  family: 'node',
  summary: 'The nodes are killed and started at once, again and again, whether they are ready by then or not.',
  parameters: z.strictObject({
    nodes: nodesParameter,
    periodMs: milliseconds(PERIOD_MS_MIN, 600_000).default(5000).describe('from one kill to the next'),
  }),
  undone: `Nothing is killed any more. ${STARTED_AGAIN}`,
  attested: 'The operating system, or the engine, is asked for each node until it was seen in two different lives.',
  example: "crashLoop({ nodes: node('web-1.us-east'), periodMs: 3000 })",
  title: ({ nodes, periodMs }) => `Crash loop of ${describeNodes(nodes)}, every ${formatDuration(periodMs)}`,
  scope: ({ nodes }, topology) => ({ nodes: selectNodes(topology, nodes), edges: [] }),
  async inject({ periodMs }, context, { nodes }) {
    const killed = await killNodes(context, nodes);
    context.background((signal) => goOn(context, nodes, { periodMs, signal }));
    return killed;
  },
  undo: (_, context, { nodes }) => startAgain(context, nodes),
  attest: ({ periodMs }, context, { nodes }, { expected }) =>
    expected === 'injected' ? attestComingAndGoing(context, nodes, periodMs) : attestNodes(context, nodes, 'running'),
});

/** Nothing ends it in the middle of a start: whoever takes the fault back finds nodes that were started whole. */
async function goOn(
  context: FaultContext,
  nodes: readonly string[],
  { periodMs, signal }: { periodMs: number; signal: AbortSignal },
): Promise<void> {
  const { target, clock } = context;
  for (;;) {
    const nextKillAtMs = clock.now() + periodMs;
    await target.start(nodes, { timeoutMs: periodMs }).catch((thrown) => {
      if (!(thrown instanceof Problem && UNFINISHED.includes(thrown.code))) throw thrown;
    });
    await clock.sleep(nextKillAtMs - clock.now(), signal);
    for (const action of await killNodes(context, nodes)) context.acted(action);
  }
}
