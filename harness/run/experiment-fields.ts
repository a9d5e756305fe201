import { z } from 'zod';
import { didYouMean } from '../base/closest.ts';
import type { Experiment } from '../model/experiment.ts';
import { inSentences } from '../model/sentences.ts';

const SHARES_TOLERANCE = 1e-6;
const DAY_MS = 24 * 60 * 60 * 1000;

const text = z.string().min(1);
const share = z.number().min(0).max(1);
const duration = z.number().min(0).max(DAY_MS);
const shares = z
  .record(text, share)
  .refine(
    (parts) => Math.abs(Object.values(parts).reduce((sum, part) => sum + part, 0) - 1) <= SHARES_TOLERANCE,
    'expected shares that sum to 1',
  );
const callable = z.custom<() => unknown>((value) => typeof value === 'function', 'expected a function');

const stopCondition = z.strictObject({
  signal: text,
  comparison: z.enum(['<', '>']),
  threshold: z.number(),
  forMs: duration,
});

const target = z.looseObject({ name: text, topology: callable });

/** What can be known of an experiment before its parameters are chosen. */
const fields = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]*$/, 'expected small letters, digits and hyphens'),
  title: text,
  description: text,
  target,
  otherTargets: z.array(target).optional(),
  weaknesses: z.record(text, z.strictObject({ checks: z.array(text).min(1), because: text })).optional(),
  parameters: z.record(
    text,
    z.strictObject({
      summary: text,
      default: z.union([z.string(), z.number(), z.boolean()]),
      choices: z.array(z.union([z.string(), z.number(), z.boolean()])).optional(),
      minimum: z.number().optional(),
      maximum: z.number().optional(),
    }),
  ),
  seed: z.int(),
  load: z.strictObject({
    ratePerSecond: z.number().positive().max(5000),
    arrivals: z.enum(['constant', 'poisson']),
    regions: shares,
    clients: shares,
    usersPerRegion: z.int().min(1).max(100_000),
    inFlightMax: z.int().min(1).max(100_000),
    newSessionShare: share.optional(),
  }),
  phases: z.strictObject({
    warmUpMs: duration,
    steadyStateMs: duration,
    holdMs: duration,
    recoveryMs: duration,
    drainMs: duration,
  }),
  objectives: callable,
  faults: callable,
  isolatedZone: callable,
  checks: z.array(z.looseObject({ name: text, run: callable })).min(1),
  blastRadius: callable.optional(),
  stopConditions: z.array(stopCondition).optional(),
});

const computed = {
  objectives: z.strictObject({
    availability: share,
    availabilityAfterFailover: share,
    latencyP99Ms: z.number().positive(),
    rtoReadsMs: duration,
    rtoWritesMs: duration,
    rpoWrites: z.int().min(0),
    rpoTerms: text.optional(),
    stalenessMs: duration.optional(),
    telemetryCompleteness: share,
    redirectMs: duration,
  }),
  blastRadius: z.strictObject({ users: share, operations: share, abortAbove: share.optional() }),
};

/** Every field of an experiment that is not as it must be, a sentence each: where, what was expected, what came. */
export function experimentProblems(experiment: Experiment): string[] {
  const { success, error } = fields.safeParse(experiment);
  if (success) return [];
  return inSentences('experiment', error, experiment).map((sentence) => {
    const unknown = /^experiment\.(\w+): there is no such field$/.exec(sentence)?.[1];
    return unknown === undefined ? sentence : `${sentence}${didYouMean(unknown, Object.keys(fields.shape))}`;
  });
}

/** The same for what an experiment computes from its parameters. */
export function computedProblems(what: keyof typeof computed, value: unknown): string[] {
  const { success, error } = computed[what].safeParse(value);
  return success ? [] : inSentences(what, error, value);
}
