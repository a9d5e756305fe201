import type { Cell } from './cell.ts';
import { JOURNAL_STEPS, RANDOM_KILLS, tryCrash, tryNoCrash, tryRandomKill } from './crashes.ts';
import { DRIVERS, type Driver, type Surroundings } from './drivers.ts';
import { EXPERIMENTS, tryExperiment } from './experiments.ts';
import { PHASES_TO_INTERRUPT, PHASES_TO_KILL_IN, tryInterruption, tryKill } from './interruptions.ts';
import { MISHAPS } from './mishaps.ts';
import { MUTANTS, tryMutant } from './mutants.ts';

/** The whole matrix: every case on every one of these drivers. */
export function allCells(drivers: readonly Driver[] = DRIVERS): Cell[] {
  return drivers.flatMap((driver) => {
    const cell = (what: string, run: (surroundings: Surroundings) => Promise<void>): Cell => ({
      name: `${what} on ${driver}`,
      run: (signal) => run({ driver, signal }),
    });
    return [
      ...MUTANTS.map((mutant) => cell(`mutant ${mutant.name}`, (on) => tryMutant(mutant, on))),
      ...PHASES_TO_INTERRUPT.map((phase) => cell(`Ctrl-C in ${phase}`, (on) => tryInterruption(phase, on))),
      ...PHASES_TO_KILL_IN.map((phase) => cell(`kill -9 in ${phase}`, (on) => tryKill(phase, on))),
      ...MISHAPS.filter((mishap) => (mishap.driver ?? driver) === driver).map((mishap) =>
        cell(mishap.name, mishap.try),
      ),
      ...JOURNAL_STEPS.map((step, index) =>
        cell(`crash at journal step ${index + 1} (${step})`, (on) => tryCrash(step, on)),
      ),
      cell(`no crash after journal step ${JOURNAL_STEPS.length}`, tryNoCrash),
      ...Array.from({ length: RANDOM_KILLS }, (_, index) =>
        cell(`random kill ${index + 1} of ${RANDOM_KILLS}`, (on) => tryRandomKill(index + 1, on)),
      ),
      ...EXPERIMENTS.map((one) => cell([one.experiment, ...one.set].join(' '), (on) => tryExperiment(one, on))),
    ];
  });
}
