import assert from 'node:assert/strict';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { listExperiments } from '../../harness/cli/catalogue.ts';
import { type Experiment, targetsOf } from '../../harness/model/experiment.ts';
import { onlyRun, readRun, withExperiment } from '../e2e/command.ts';
import { expectNothingLeft } from '../e2e/leftovers.ts';
import type { Surroundings } from './drivers.ts';

/** An experiment on the healthy target. */
export interface ExperimentCase {
  readonly experiment: string;
  /** Left out: where the experiment is at home. */
  readonly target?: string;
  readonly set: readonly string[];
  /** Checks that may deviate, because what was asked for allows it. */
  readonly mayDeviate?: readonly string[];
  /** Checks that must deviate, because this target is known not to keep the claim. */
  readonly weakness?: readonly string[];
}

/** As short as a healthy target can be seen to survive in. */
export const ENOUGH_TO_PASS = ['warmUp=4', 'steady=8', 'hold=26', 'recovery=6'];
/** Asynchronous replication may lose what was acknowledged last. */
const LOSES = ['acknowledged-writes'];

/** Every experiment on every target that it applies to. */
export const EXPERIMENTS: readonly ExperimentCase[] = (await listExperiments()).flatMap(casesOf);

function casesOf(experiment: Experiment): ExperimentCase[] {
  const { name, weaknesses = {}, parameters } = experiment;
  return targetsOf(experiment).flatMap((target) => {
    const one = { experiment: name, target: target.name, weakness: weaknesses[target.name]?.checks ?? [] };
    return (parameters.zone?.choices ?? []).length === 0
      ? [{ ...one, set: [] }]
      : parameters.zone!.choices!.flatMap((zone) => [
          { ...one, set: [`zone=${zone}`] },
          { ...one, set: [`zone=${zone}`, 'durability=async'], mayDeviate: LOSES },
        ]);
  });
}

/** Runs it whole. @throws when it does not end as it must, when a file is missing, or when anything of it is left. */
export async function tryExperiment(
  { experiment, target, set, mayDeviate = [], weakness = [] }: ExperimentCase,
  { driver, signal }: Surroundings,
): Promise<void> {
  const words = { experiment, target, driver, set: [...set, ...ENOUGH_TO_PASS], signal };
  await withExperiment(words, async (command) => {
    const code = await command.exit();
    const folder = await onlyRun(command.reports);
    const { verdict, runId, checks } = await readRun(command.reports);
    const unmet = checks.filter(({ status }) => status !== 'passed');
    const allowed = [...mayDeviate, ...weakness];
    const wrong = unmet.filter(({ check, status }) => status !== 'deviated' || !allowed.includes(check));
    assert.deepEqual(
      wrong.map(({ status, sentence }) => `${status}: ${sentence}`),
      [],
    );
    const shown = unmet.map(({ check }) => check);
    assert.deepEqual(
      weakness.filter((check) => !shown.includes(check)),
      [],
      'what this target is known not to keep it should have broken',
    );
    const expected = unmet.length === 0 ? { verdict: 'passed', code: 0 } : { verdict: 'deviated', code: 1 };
    assert.deepEqual({ verdict, code }, expected);
    for (const file of ['index.html', 'junit.xml', 'summary.md', 'history.jsonl', 'spans.jsonl']) {
      await access(join(folder, file));
    }
    await expectNothingLeft(runId);
  });
}
