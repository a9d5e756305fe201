import { describe, it } from 'mocha';
import { type ExperimentCase, tryExperiment } from '../matrix/experiments.ts';

/** One keeps npm test short; CI runs dc-outage besides, and the matrix has them all. */
const ROTATION: ExperimentCase[] = [{ experiment: 'dc-partition', set: ['zone=us-west'] }];

describe('experiments on the healthy target', function () {
  this.timeout(240_000);

  for (const one of ROTATION) {
    it(`${one.experiment} with ${one.set} passes, and nothing of it is left`, async () => {
      await tryExperiment(one, { driver: 'process' });
    });
  }
});
