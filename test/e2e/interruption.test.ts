import { describe, it } from 'mocha';
import type { Phase } from '../../harness/model/phase.ts';
import { tryCrash } from '../matrix/crashes.ts';
import { tryInterruption, tryKill } from '../matrix/interruptions.ts';
import { MISHAPS } from '../matrix/mishaps.ts';

/** One for each way in which a run can be under way: the matrix has them all. */
const REPRESENTATIVES: Phase[] = ['bring-up', 'undo'];
const REPRESENTATIVE_MISHAPS = ['Ctrl-C twice in hold', 'Toxiproxy server killed in hold'];

describe('a run that is cut short', function () {
  this.timeout(180_000);

  for (const phase of REPRESENTATIVES) {
    it(`leaves nothing after Ctrl-C in ${phase}`, async () => {
      await tryInterruption(phase, { driver: 'process' });
    });
  }

  for (const mishap of MISHAPS.filter(({ name }) => REPRESENTATIVE_MISHAPS.includes(name))) {
    it(`ends as it must, and leaves nothing: ${mishap.name}`, async () => {
      await mishap.try({ driver: 'process' });
    });
  }

  it('leaves nothing after kill -9 in the middle of the fault, once undo has run', async () => {
    await tryKill('hold', { driver: 'process' });
  });

  for (const step of ['undo-registered', 'injected']) {
    it(`leaves nothing after a crash between "${step}" in its journal and whatever comes next, once undo has run`, async () => {
      await tryCrash(step, { driver: 'process' });
    });
  }
});
