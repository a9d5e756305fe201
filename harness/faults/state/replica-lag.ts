import { z } from 'zod';
import { EXIT_USAGE, Problem } from '../../base/errors.ts';
import { median } from '../../base/median.ts';
import type { AttestationProbe, FaultContext, Look } from '../../model/fault.ts';
import { describeNodes, type Selectable, selectNodes } from '../../model/selector.ts';
import { edgeName, protocolOf } from '../../model/topology.ts';
import { edgeActions, healEdges, nodeActions } from '../actions.ts';
import { defineFault } from '../define.ts';
import { milliseconds, nodesParameter } from '../parameters.ts';
import { lagToleranceMs, MEASURED_EVERY_MS, nextLatencyMs } from './lag-control.ts';

/** As many measurements are made for a probe: their median is no outlier of a busy machine. */
const SAMPLES = 5;
/** The latency rises half as fast as time passes; then the lag must be there. */
const REACHED_WITHIN = 3;
const REACHED_MARGIN_MS = 20_000;

/**
 * Replication that lags by a stated time. The log goes from the primary to the standby, which is the direction of answers
 * on the edge that the standby dials. With asynchronous replication the standby's reads become old. With synchronous
 * replication a commit waits until the standby has it: there the same fault shows as commits that take as long as the
 * lag, and as time-outs where clients do not wait so long; and since clients that wait write less, there is less to lag.
 */
export const replicaLag = defineFault({
  kind: 'replica-lag',
  family: 'state',
  summary:
    'Standbys trail their primary by a stated time: latency on the replication edge follows the lag that is measured. Needs writes; with synchronous replication commits wait for as long.',
  parameters: z.strictObject({
    nodes: nodesParameter,
    lagMs: milliseconds(500, 30_000).describe('how old the newest write is that the standby has replayed'),
  }),
  undone: 'The latency is removed; the log that was held back arrives at once, and the standby replays it.',
  attested: 'The databases are asked how far the standby trails the primary, and the median of five answers counts.',
  example: "replicaLag({ nodes: role('standby'), lagMs: 5000 })",
  title: ({ nodes, lagMs }) => `Replication lag of ${lagMs} ms at ${describeNodes(nodes)}`,
  scope({ nodes: selector }, topology) {
    const nodes = selectNodes(topology, selector);
    return { nodes, edges: nodes.flatMap((node) => replicationEdges(topology, node)) };
  },
  async inject({ lagMs }, context, { nodes, edges }) {
    const { clock, target } = context;
    const slowed = edges.map((edge) => ({ edge, atMs: clock.now() }));
    const lagging = await Promise.all(
      nodes.map(async (node) => {
        const { promise, resolve } = Promise.withResolvers<boolean>();
        const lag = { node, lagMs, edges: replicationEdges(target.topology, node), onReached: () => resolve(true) };
        context.background((signal) => holdLag(context, lag, signal).finally(() => resolve(false)));
        return (await promise) ? nodeActions('lagging', [node], clock.now()) : [];
      }),
    );
    return [...edgeActions('slowed', slowed), ...lagging.flat()];
  },
  undo: (_, context, scope) => healEdges(context, scope),
  attest: ({ lagMs }, context, { nodes }, look) =>
    Promise.all(nodes.map((node) => attestLag(context, { node, lagMs }, look))),
});

/** What a standby dials to get the log of others. */
function replicationEdges(topology: Selectable, standby: string): string[] {
  const databases = new Set(topology.nodes.filter(({ tier }) => tier === 'database').map(({ name }) => name));
  const edges = topology.edges.filter(
    (edge) => edge.from === standby && databases.has(edge.to) && protocolOf(topology, edge) === 'postgres',
  );
  if (edges.length > 0) return edges.map(edgeName);
  throw new Problem(`${standby} replicates from no other database`, {
    code: 'no-replication',
    hint: 'Select standbys: role("standby").',
    exitCode: EXIT_USAGE,
  });
}

interface Lag {
  readonly node: string;
  readonly lagMs: number;
  readonly edges: readonly string[];
  onReached(): void;
}

/**
 * Measures and adjusts until the signal aborts. Tells when the lag is left and reached again.
 * @throws Problem `lag-not-reached`
 */
async function holdLag(
  { target, measures, network, clock, acted }: FaultContext,
  { node, lagMs, edges, onReached }: Lag,
  signal: AbortSignal,
): Promise<void> {
  const deadlineMs = clock.now() + REACHED_WITHIN * lagMs + REACHED_MARGIN_MS;
  let latencyMs = 0;
  let reached = false;
  let held = false;
  for (;;) {
    const measuredMs = await measures.replicaLagMs(target, node);
    if (measuredMs !== null) {
      const isNear = Math.abs(measuredMs - lagMs) <= lagToleranceMs(lagMs);
      if (isNear && !reached) onReached();
      else if (reached && isNear !== held) {
        acted({ atMs: clock.now(), what: `lag of ${Math.round(measuredMs)} ms`, subject: node });
      }
      reached ||= isNear;
      held = isNear;
      const nextMs = nextLatencyMs({ latencyMs, measuredMs, lagMs });
      if (nextMs !== latencyMs && !signal.aborted) {
        await network.impair(edges, [{ type: 'latency', stream: 'downstream', attributes: { latency: nextMs } }]);
      }
      latencyMs = nextMs;
    }
    if (!reached && clock.now() > deadlineMs) {
      const found = measuredMs === null ? 'which cannot be measured' : `of ${Math.round(measuredMs)} ms`;
      throw new Problem(`${node} was to lag by ${lagMs} ms, and has a lag ${found} at ${latencyMs} ms of latency`, {
        code: 'lag-not-reached',
        hint: 'Without writes there is no lag: is there a load?',
      });
    }
    await clock.sleep(MEASURED_EVERY_MS, signal);
  }
}

async function attestLag(
  { target, measures, clock }: Pick<FaultContext, 'target' | 'measures' | 'clock'>,
  { node: subject, lagMs }: Pick<Lag, 'node' | 'lagMs'>,
  { expected }: Look,
): Promise<AttestationProbe> {
  const atMs = clock.now();
  const found: number[] = [];
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    const measuredMs = await measures.replicaLagMs(target, subject);
    if (measuredMs !== null) found.push(measuredMs);
    await clock.sleep(MEASURED_EVERY_MS);
  }
  const toleranceMs = lagToleranceMs(lagMs);
  const expectation =
    expected === 'injected'
      ? `it trails its primary by ${lagMs} ms, give or take ${toleranceMs} ms`
      : `it trails its primary by less than ${lagMs / 2} ms`;
  const known = { subject, expectation, atMs, durationMs: clock.now() - atMs };
  if (found.length < SAMPLES) return { ...known, observed: 'the databases do not tell', status: 'unproven' };
  const value = median(found);
  const holds = expected === 'injected' ? Math.abs(value - lagMs) <= toleranceMs : value < lagMs / 2;
  return {
    ...known,
    observed: `${Math.round(value)} ms (median of ${SAMPLES})`,
    status: holds ? 'confirmed' : 'mismatch',
    measured: { value, unit: 'ms' },
  };
}
