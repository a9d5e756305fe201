import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { listExperiments } from '../../harness/cli/catalogue.ts';
import { targetsOf } from '../../harness/model/experiment.ts';
import { planRun } from '../../harness/run/plan.ts';
import { allCells } from './cells.ts';
import { EXPERIMENTS } from './experiments.ts';
import { MUTANTS } from './mutants.ts';

describe('the matrix', () => {
  it('gives every cell a name of its own', () => {
    const names = allCells().map(({ name }) => name);
    assert.deepEqual(names, [...new Set(names)]);
  });

  it('has every mutant of every target', async () => {
    const targets = new Set((await listExperiments()).flatMap(targetsOf));
    const mutants = [...targets].flatMap((target) => target.mutants.map(({ name }) => name));
    assert.deepEqual(MUTANTS.map(({ name }) => name).sort(), [...new Set(mutants)].sort());
  });

  it('has every experiment', async () => {
    const names = (await listExperiments()).map(({ name }) => name);
    assert.deepEqual([...new Set(EXPERIMENTS.map(({ experiment }) => experiment))].sort(), names.sort());
  });

  it('sets only what can be set', async () => {
    const experiments = await listExperiments();
    for (const { experiment: name, set } of [...EXPERIMENTS, ...MUTANTS]) {
      const experiment = experiments.find((candidate) => candidate.name === name);
      assert.ok(experiment, name);
      planRun(experiment, { set });
    }
  });

  it('names only checks that its experiments make', async () => {
    const experiments = await listExperiments();
    for (const { name, experiment, check } of MUTANTS) {
      const { checks = [] } = experiments.find((candidate) => candidate.name === experiment) ?? {};
      assert.ok(
        checks.some((candidate) => candidate.name === check),
        `${name} wants ${check} of ${experiment}`,
      );
    }
  });
});
