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

export const MUTANTS: readonly MutantCase[] = [
  {
    name: 'no-promotion',
    experiment: 'dc-outage',
    set: ['hold=26'],
    check: 'rto-writes',
    status: 'deviated',
    verdict: 'deviated',
  },
  {
    name: 'geodns-without-health-checks',
    experiment: 'dc-outage',
    set: ['hold=16'],
    check: 'redirect',
    status: 'deviated',
    verdict: 'deviated',
  },
  {
    name: 'cdn-without-stale',
    experiment: 'origin-outage',
    set: ['hold=12', 'cdnTtl=2'],
    check: 'cdn-stale',
    status: 'deviated',
    verdict: 'deviated',
  },
  {
    name: 'no-origin-fallback',
    experiment: 'cdn-outage',
    set: ['hold=8'],
    check: 'cdn-fallback',
    status: 'deviated',
    verdict: 'deviated',
  },
  {
    name: 'false-in-sync',
    experiment: 'dc-outage',
    set: ['hold=8'],
    check: 'acknowledged-writes',
    status: 'deviated',
    verdict: 'deviated',
  },
  {
    name: 'no-fencing',
    experiment: 'dc-partition',
    set: ['hold=10', 'durability=async'],
    check: 'single-writer',
    status: 'deviated',
    verdict: 'deviated',
  },
  {
    name: 'sessions-in-memory',
    experiment: 'dc-outage',
    set: ['hold=8'],
    check: 'sessions',
    status: 'deviated',
    verdict: 'deviated',
  },
  {
    name: 'telemetry-off',
    experiment: 'dc-outage',
    set: ['zone=us-east', 'hold=6'],
    check: 'telemetry-completeness',
    status: 'inconclusive',
    verdict: 'inconclusive',
  },
];

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
