import { describe, it } from 'mocha';
import { tryCrash } from '../matrix/crashes.ts';
import { tryInterruption } from '../matrix/interruptions.ts';
import { MISHAPS } from '../matrix/mishaps.ts';

/** One for each way in which a run can be cut short: the matrix has them all, in every phase and at every step. */
const MISHAPS_HERE = ['Ctrl-C twice in hold', 'Toxiproxy server killed in hold'];
const STEPS_HERE = ['undo-registered', 'injected'];

describe('a run that is cut short', function () {
  this.timeout(180_000);

  it('leaves nothing after Ctrl-C in bring-up', async () => {
    await tryInterruption('bring-up', { driver: 'process' });
  });

  for (const mishap of MISHAPS.filter(({ name }) => MISHAPS_HERE.includes(name))) {
    it(`ends as it must, and leaves nothing: ${mishap.name}`, async () => {
      await mishap.try({ driver: 'process' });
    });
  }

  for (const step of STEPS_HERE) {
    it(`leaves nothing after a crash between "${step}" in its journal and whatever comes next, once undo has run`, async () => {
      await tryCrash(step, { driver: 'process' });
    });
  }
});
