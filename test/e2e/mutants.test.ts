import { describe, it } from 'mocha';
import { DATA_CENTER_MUTANTS, tryMutant } from '../matrix/mutants.ts';

describe('mutants of the target', function () {
  this.timeout(240_000);

  for (const mutant of DATA_CENTER_MUTANTS) {
    it(`${mutant.name} is turned up by ${mutant.check} in ${mutant.experiment}`, async () => {
      await tryMutant(mutant, { driver: 'process' });
    });
  }
});
