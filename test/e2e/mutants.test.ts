import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { CheckStatus } from '../../harness/model/verdict.ts';
import { onlyRun, readRun, runCommand } from './command.ts';

interface Mutant {
  name: string;
  experiment: string;
  set: string[];
  /** The check that is meant for it, and how it must turn. */
  check: string;
  status: CheckStatus;
  verdict: 'deviated' | 'inconclusive';
}

/** As short as the checks can still decide: a recovery objective needs a hold of itself and five seconds. */
const SHORT = ['warmUp=2', 'steady=6', 'recovery=2'];

const MUTANTS: Mutant[] = [
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

describe('mutants of the target', function () {
  this.timeout(240_000);

  for (const { name, experiment, set, check, status, verdict } of MUTANTS) {
    it(`${name} is turned up by ${check} in ${experiment}`, async () => {
      const settings = [...SHORT, ...set].flatMap((text) => ['--set', text]);
      const run = await runCommand('experiment', experiment, '--mutant', name, ...settings);
      try {
        const { checks, verdict: reached } = await readRun(run.reports);
        const found = checks.find((candidate) => candidate.check === check);
        assert.ok(found, `there is no check ${check}; the run printed:\n${run.output()}`);
        assert.equal(found.status, status, `${found.sentence}\n${run.output()}`);
        assert.equal(reached, verdict, run.output());
        if (check === 'acknowledged-writes') {
          assert.ok(
            found.findings.some(({ traceId }) => traceId !== undefined),
            `lost writes are named with their traces, in ${await onlyRun(run.reports)}`,
          );
        }
      } finally {
        await run.dispose();
      }
    });
  }
});
