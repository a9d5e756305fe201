import assert from 'node:assert/strict';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { onlyRun, readRun, withExperiment } from '../e2e/command.ts';
import { expectNothingLeft } from '../e2e/leftovers.ts';
import type { Surroundings } from './drivers.ts';

/** An experiment on the healthy target. */
export interface ExperimentCase {
  readonly experiment: string;
  readonly set: readonly string[];
  /** Checks that may deviate, because what was asked for allows it; without it the run must pass. */
  readonly mayDeviate?: readonly string[];
}

/** As short as a healthy target can be seen to survive in. */
export const ENOUGH_TO_PASS = ['warmUp=4', 'steady=8', 'hold=26', 'recovery=6'];
/** Asynchronous replication may lose what was acknowledged last. */
const LOSES = ['acknowledged-writes'];

export const EXPERIMENTS: readonly ExperimentCase[] = ['dc-outage', 'dc-partition'].flatMap((experiment) => [
  { experiment, set: ['zone=us-west'] },
  { experiment, set: ['zone=us-east'] },
  { experiment, set: ['zone=us-west', 'durability=async'], mayDeviate: LOSES },
  { experiment, set: ['zone=us-east', 'durability=async'], mayDeviate: LOSES },
]);

/** Runs it whole. @throws when it does not end as it must, when a file is missing, or when anything of it is left. */
export async function tryExperiment(
  { experiment, set, mayDeviate = [] }: ExperimentCase,
  { driver, signal }: Surroundings,
): Promise<void> {
  await withExperiment({ experiment, driver, set: [...set, ...ENOUGH_TO_PASS], signal }, async (command) => {
    const code = await command.exit();
    const folder = await onlyRun(command.reports);
    const { verdict, runId, checks } = await readRun(command.reports);
    const unmet = checks.filter(({ status }) => status !== 'passed');
    const wrong = unmet.filter(({ check, status }) => status !== 'deviated' || !mayDeviate.includes(check));
    assert.deepEqual(
      wrong.map(({ status, sentence }) => `${status}: ${sentence}`),
      [],
    );
    const expected = unmet.length === 0 ? { verdict: 'passed', code: 0 } : { verdict: 'deviated', code: 1 };
    assert.deepEqual({ verdict, code }, expected);
    for (const file of ['index.html', 'junit.xml', 'summary.md', 'history.jsonl', 'spans.jsonl']) {
      await access(join(folder, file));
    }
    await expectNothingLeft(runId);
  });
}
