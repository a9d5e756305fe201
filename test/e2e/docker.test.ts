import { before, describe, it } from 'mocha';
import { engineOrSkip } from '../../harness/runtime/docker/testing/engine.ts';
import { tryExperiment } from '../matrix/experiments.ts';

/** The way a user meets it; mutants, Ctrl-C, kill -9 and every other phase on containers are in the matrix. */
describe('experiments on containers', function () {
  this.timeout(300_000);

  before(async function () {
    await engineOrSkip(this);
  });

  it('dc-outage passes, and nothing of it is left', async () => {
    await tryExperiment({ experiment: 'dc-outage', set: ['zone=us-west'] }, { driver: 'docker' });
  });
});
