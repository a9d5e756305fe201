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

const SHORT = ['warmUp=4', 'steady=8', 'recovery=5'];

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
    set: ['hold=18'],
    check: 'redirect',
    status: 'deviated',
    verdict: 'deviated',
  },
  {
    name: 'false-in-sync',
    experiment: 'dc-outage',
    set: ['hold=18'],
    check: 'acknowledged-writes',
    status: 'deviated',
    verdict: 'deviated',
  },
  {
    name: 'no-fencing',
    experiment: 'dc-partition',
    set: ['hold=18', 'durability=async'],
    check: 'single-writer',
    status: 'deviated',
    verdict: 'deviated',
  },
  {
    name: 'sessions-in-memory',
    experiment: 'dc-outage',
    set: ['hold=18'],
    check: 'sessions',
    status: 'deviated',
    verdict: 'deviated',
  },
  {
    name: 'telemetry-off',
    experiment: 'dc-outage',
    set: ['zone=us-east', 'hold=18'],
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
