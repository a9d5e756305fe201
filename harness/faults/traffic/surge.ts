import { z } from 'zod';
import type { AttestationProbe, FaultAction, FaultContext, Look } from '../../model/fault.ts';
import { defineFault } from '../define.ts';

const FACTOR_MIN = 2;
const FACTOR_MAX = 20;
/** Long enough that chance decides little, and short enough to fit into a run. */
const MEASURED_MS = 2000;
/** Fewer requests than this while it was measured say nothing about the rate. */
const REQUESTS_MIN = 20;
const SUBJECT = 'entries of the target';

export const surge = defineFault({
  kind: 'surge',
  family: 'traffic',
  summary: 'Operations arrive many times as fast, of the same kinds and from the same users.',
  parameters: z.strictObject({
    factor: z
      .number()
      .min(FACTOR_MIN)
      .max(FACTOR_MAX)
      .meta({ unit: 'times' })
      .describe(
        'what the planned rate of arrivals is multiplied by; what finds no free user is dropped and counts as failed',
      ),
  }),
  undone: 'Arrivals come at the planned rate again; what is under way ends as it may.',
  attested: 'The requests that the entries of the target counted per second are compared with those before.',
  example: 'surge({ factor: 4 })',
  title: ({ factor }) => `Surge to ${factor} times the load`,
  scope: () => ({ nodes: [], edges: [] }),
  async inject({ factor }, { load }) {
    return [whole('surges', await load.change({ rateFactor: factor }))];
  },
  async undo(_, { load }) {
    return [whole('as planned', await load.change({}))];
  },
  attest: async ({ factor }, context, _, look) => [await attestRate(context, factor, look)],
});

function whole(what: string, atMs: number): FaultAction {
  return { atMs, what, subject: 'load' };
}

/** Requests per operation vary, and an overloaded target takes fewer: more than half of what was added must arrive. */
async function attestRate(
  context: Pick<FaultContext, 'target' | 'measures' | 'clock'>,
  factor: number,
  { expected, baseline }: Look,
): Promise<AttestationProbe> {
  const atMs = context.clock.now();
  const counted = await countRequests(context);
  const durationMs = context.clock.now() - atMs;
  const perSecond = (counted ?? 0) / (durationMs / 1000);
  const known = {
    ...{ subject: SUBJECT, atMs, durationMs, observed: `${perSecond.toFixed(1)} requests per second` },
    measured: { value: perSecond, unit: 'requests/s' },
  };
  const before = baseline.find(({ subject }) => subject === SUBJECT)?.measured?.value;
  if (before === undefined) {
    const expectation = `they count at least ${REQUESTS_MIN} requests within ${MEASURED_MS} ms`;
    return { ...known, expectation, status: (counted ?? 0) >= REQUESTS_MIN ? 'confirmed' : 'unproven' };
  }
  const limit = before * (1 + (factor - 1) / 2);
  const more = expected === 'injected';
  const expectation = `they count ${more ? 'more' : 'fewer'} than ${limit.toFixed(1)} requests per second (before: ${before.toFixed(1)})`;
  if (counted === null) return { ...known, expectation, observed: 'no entry tells', status: 'unproven' };
  return { ...known, expectation, status: perSecond > limit === more ? 'confirmed' : 'mismatch' };
}

/** By the entries that told at the beginning and at the end, and were not started anew; null when there is none. */
async function countRequests({
  target,
  measures,
  clock,
}: Pick<FaultContext, 'target' | 'measures' | 'clock'>): Promise<number | null> {
  const first = await measures.requestsCounted(target);
  await clock.sleep(MEASURED_MS);
  const added = Object.entries(await measures.requestsCounted(target))
    .map(([node, count]) => count - (first[node] ?? Infinity))
    .filter((count) => count >= 0);
  return added.length === 0 ? null : added.reduce((sum, count) => sum + count, 0);
}
