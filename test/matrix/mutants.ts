import assert from 'node:assert/strict';
import type { CheckStatus } from '../../harness/model/verdict.ts';
import { readRun, withExperiment } from '../e2e/command.ts';
import type { Surroundings } from './drivers.ts';

/** A way to break the target on purpose, and how that must come to light. */
export interface MutantCase {
  readonly name: string;
  readonly experiment: string;
  readonly set: readonly string[];
  /** The check that is meant for it, and how it must turn. */
  readonly check: string;
  readonly status: CheckStatus;
  readonly verdict: 'deviated' | 'inconclusive';
}

/** As short as the checks can still decide: a recovery objective needs a hold of itself and five seconds. */
const SHORT = ['warmUp=2', 'steady=6', 'recovery=2'];

/** Of two data centers; npm test has time for these. */
export const DATA_CENTER_MUTANTS: readonly MutantCase[] = [
  deviates('no-promotion', { experiment: 'dc-outage', check: 'rto-writes', set: ['hold=26'] }),
  deviates('geodns-without-health-checks', { experiment: 'dc-outage', check: 'redirect', set: ['hold=16'] }),
  deviates('false-in-sync', { experiment: 'dc-outage', check: 'acknowledged-writes', set: ['hold=8'] }),
  deviates('no-fencing', { experiment: 'dc-partition', check: 'single-writer', set: ['hold=10', 'durability=async'] }),
  deviates('sessions-in-memory', { experiment: 'dc-outage', check: 'sessions', set: ['hold=8'] }),
  {
    ...{ name: 'telemetry-off', experiment: 'dc-outage', set: ['zone=us-east', 'hold=6'] },
    ...{ check: 'telemetry-completeness', status: 'inconclusive', verdict: 'inconclusive' },
  },
];

/** Of every target. */
export const MUTANTS: readonly MutantCase[] = [
  ...DATA_CENTER_MUTANTS,
  deviates('replica-reads-without-fallback', { experiment: 'db-replica-kill', check: 'rto-reads', set: ['hold=16'] }),
  deviates('cdn-without-stale', { experiment: 'origin-outage', check: 'cdn-stale', set: ['hold=12', 'cdnTtl=2'] }),
  deviates('no-origin-fallback', { experiment: 'cdn-outage', check: 'cdn-fallback', set: ['hold=8'] }),
  deviates('no-stampede-protection', { experiment: 'cache-stampede', check: 'stampede', set: ['hold=20'] }),
  deviates('cache-not-invalidated', { experiment: 'cache-flush', check: 'staleness', set: ['hold=26'] }),
  deviates('autoscaler-off', { experiment: 'traffic-surge', check: 'scaling', set: ['hold=20'] }),
];

function deviates(name: string, how: Pick<MutantCase, 'experiment' | 'check' | 'set'>): MutantCase {
  return { name, ...how, status: 'deviated', verdict: 'deviated' };
}

/** Runs the experiment on the broken target. @throws when the check that is meant for it does not turn as it must. */
export async function tryMutant(mutant: MutantCase, { driver, signal }: Surroundings): Promise<void> {
  const { name, experiment, check, status, verdict } = mutant;
  const set = [...SHORT, ...mutant.set];
  await withExperiment({ experiment, driver, mutant: name, set, signal }, async (command) => {
    await command.exit();
    const { checks, verdict: reached } = await readRun(command.reports);
    const found = checks.find((candidate) => candidate.check === check);
    assert.ok(found, `there is no check ${check}`);
    assert.equal(found.status, status, `${check} is ${found.status} instead of ${status}: ${found.sentence}`);
    assert.equal(reached, verdict);
    if (check === 'acknowledged-writes') {
      const traced = found.findings.some(({ traceId }) => traceId !== undefined);
      assert.ok(traced, 'lost writes are named with their traces');
    }
  });
}
