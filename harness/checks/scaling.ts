import { formatDuration, formatNumberOf } from '../model/analysis/format.ts';
import { faultSpan, holdSpan, undoneFromMs } from '../model/analysis/phases.ts';
import { type ServedStep, servedIn } from '../model/analysis/servers.ts';
import type { Check } from '../model/experiment.ts';
import type { RunRecord } from '../model/run-record.ts';
import type { Conclusion } from './conclusion.ts';
import { defineFaultCheck } from './steady-before.ts';

/** Who answered an operation within such a step was serving then. */
const STEP_MS = 1000;
/** So long before the fault the tier is counted. */
const BEFORE_MS = 5000;
/** The tier must be seen to stay small for so long. */
const SMALL_MS = 3000;

export interface ScalingOptions {
  /** How many servers the load of the fault needs. */
  readonly needed: number;
  /** From the first injected action to when so many serve. */
  readonly growMs: number;
  /** From the undo to when no more serve than before the fault. */
  readonly shrinkMs: number;
}

/** The web tier grows to what the load needs while the fault is there, and is as small as before afterwards. */
export function scaling(options: ScalingOptions): Check {
  return defineFaultCheck({ name: 'scaling', title: 'Tier grew and shrank', question: 'survive' }, (record) =>
    conclude(record, options),
  );
}

interface Growth {
  readonly before: number;
  readonly most: number;
  /** Null: so many never served during the hold. */
  readonly grownMs: number | null;
  /** Null: more than before served until the end. */
  readonly shrunkMs: number | null;
  readonly holdMs: number;
  /** From the undo to the last that is known. */
  readonly watchedMs: number;
}

function conclude(record: RunRecord, options: ScalingOptions): Conclusion {
  const { needed, growMs, shrinkMs } = options;
  const growth = growthOf(record, needed);
  const problems = typeof growth === 'string' ? [] : problemsOf(growth, options);
  const observed = typeof growth === 'string' ? growth : describe(growth, needed);
  return {
    expected: `${formatNumberOf(needed, 'web server')} serve within ${formatDuration(growMs)} of the fault, and no more than before it within ${formatDuration(shrinkMs)} of its end`,
    observed,
    violated: problems.length > 0,
    gaps: typeof growth === 'string' ? [growth] : gapsOf(growth, options),
    sentences: {
      passed: `The tier followed the load: ${observed}.`,
      deviated: `The tier did not follow the load: ${problems.join('; ')}.`,
      inconclusive: 'It is not known whether the tier followed the load',
    },
    measurements:
      typeof growth === 'string'
        ? []
        : [
            { name: 'servers-before', value: growth.before, unit: 'count' },
            { name: 'servers-most', value: growth.most, unit: 'count', objective: needed },
            { name: 'time-to-grow', value: growth.grownMs, unit: 'ms', objective: growMs },
            { name: 'time-to-shrink', value: growth.shrunkMs, unit: 'ms', objective: shrinkMs },
          ],
    findings: problems.map((summary) => ({ summary })),
    advice:
      'Look at what the autoscaler saw and wanted (its metrics, and its events "scaling-up" and "scaling-down"), and whether what it asked for became ready.',
  };
}

/** A reason where nothing can be said. */
function growthOf({ manifest, operations }: RunRecord, needed: number): Growth | string {
  const hold = holdSpan(manifest);
  const undoneMs = undoneFromMs(manifest);
  const fault = faultSpan(manifest);
  if (hold === null || fault === null) return 'no fault was injected and held';
  if (undoneMs === null) return 'the fault was not undone';
  const web = new Set(manifest.topology.nodes.filter(({ tier }) => tier === 'web').map(({ name }) => name));
  const answered = operations.filter(({ servedBy }) => servedBy !== undefined && web.has(servedBy));
  const last = answered.at(-1);
  if (last === undefined) return 'no web server answered anything';
  const steps = (fromMs: number, toMs: number) => servedIn(answered, { fromMs, toMs, stepMs: STEP_MS });
  const before = Math.max(0, ...steps(hold.fromMs - BEFORE_MS, hold.fromMs).map(serversIn));
  if (before === 0) return 'no web server answered anything before the fault';
  const during = steps(hold.fromMs, hold.toMs);
  const grown = during.find((step) => serversIn(step) >= needed);
  const after = steps(undoneMs, last.startMs);
  const large = after.findLast((step) => serversIn(step) > before);
  const watchedMs = after.length * STEP_MS;
  const shrunkMs = large === undefined ? 0 : large.toMs - undoneMs;
  return {
    before,
    most: Math.max(before, ...during.map(serversIn)),
    grownMs: grown === undefined ? null : grown.fromMs - hold.fromMs,
    shrunkMs: watchedMs - shrunkMs < SMALL_MS ? null : shrunkMs,
    holdMs: hold.toMs - hold.fromMs,
    watchedMs,
  };
}

function serversIn({ served }: ServedStep): number {
  return served.size;
}

/** What did not come is a violation only once there was time for it. */
function problemsOf(
  { most, grownMs, shrunkMs, holdMs, watchedMs }: Growth,
  { needed, growMs, shrinkMs }: ScalingOptions,
): string[] {
  const small = `at most ${formatNumberOf(most, 'web server')} served, ${needed} were needed`;
  return [
    ...(grownMs === null && holdMs >= growMs ? [small] : []),
    ...(grownMs !== null && grownMs > growMs
      ? [`${formatNumberOf(needed, 'web server')} served only after ${formatDuration(grownMs)}`]
      : []),
    ...(shrunkMs === null && watchedMs >= shrinkMs + SMALL_MS
      ? [`more web servers than before still served ${formatDuration(watchedMs)} after the fault had ended`]
      : []),
    ...(shrunkMs !== null && shrunkMs > shrinkMs
      ? [`more web servers than before served for ${formatDuration(shrunkMs)} after the fault had ended`]
      : []),
  ];
}

function gapsOf(
  { grownMs, shrunkMs, holdMs, watchedMs }: Growth,
  { growMs, shrinkMs }: Pick<ScalingOptions, 'growMs' | 'shrinkMs'>,
): string[] {
  return [
    ...(grownMs === null && holdMs < growMs
      ? [`the hold of ${formatDuration(holdMs)} was shorter than the tier may take to grow`]
      : []),
    ...(shrunkMs === null && watchedMs < shrinkMs + SMALL_MS
      ? [`the load ended ${formatDuration(watchedMs)} after the fault, before the tier had to be small`]
      : []),
  ];
}

function describe({ before, most, grownMs, shrunkMs }: Growth, needed: number): string {
  const grew =
    grownMs === null
      ? `never grew to ${needed}, at most ${most} served`
      : `grew from ${before} to ${needed} in ${formatDuration(grownMs)}`;
  const shrank =
    shrunkMs === null
      ? 'was not seen to be as small as before'
      : `was as small as before ${formatDuration(shrunkMs)} after the fault`;
  return `it ${grew} and ${shrank}`;
}
