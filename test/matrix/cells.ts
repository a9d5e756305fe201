import type { Cell } from './cell.ts';
import { JOURNAL_STEPS, RANDOM_KILLS, tryCrash, tryNoCrash, tryRandomKill } from './crashes.ts';
import { DRIVERS, type Driver, type Surroundings } from './drivers.ts';
import { EXPERIMENTS, tryExperiment } from './experiments.ts';
import { PHASES_TO_INTERRUPT, PHASES_TO_KILL_IN, tryInterruption, tryKill } from './interruptions.ts';
import { MISHAPS } from './mishaps.ts';
import { MUTANTS, tryMutant } from './mutants.ts';

type Try<T> = (one: T, surroundings: Surroundings) => Promise<void>;

/** The whole matrix: every case on every one of these drivers. */
export function allCells(drivers: readonly Driver[] = DRIVERS): Cell[] {
  return drivers.flatMap((driver) => {
    const cells = <T>(
      family: string,
      cases: readonly T[],
      what: (one: T, index: number) => string,
      run: Try<T>,
    ): Cell[] =>
      cases.map((one, index) => ({
        name: `${what(one, index)} on ${driver}`,
        family,
        run: (signal) => run(one, { driver, signal }),
      }));
    const mishaps = MISHAPS.filter((mishap) => (mishap.driver ?? driver) === driver);
    const kills = Array.from({ length: RANDOM_KILLS }, (_, index) => index + 1);
    return [
      ...cells('mutants', MUTANTS, ({ name }) => `mutant ${name}`, tryMutant),
      ...cells('interruptions', PHASES_TO_INTERRUPT, (phase) => `Ctrl-C in ${phase}`, tryInterruption),
      ...cells('kills', PHASES_TO_KILL_IN, (phase) => `kill -9 in ${phase}`, tryKill),
      ...cells(
        'mishaps',
        mishaps,
        ({ name }) => name,
        (mishap, on) => mishap.try(on),
      ),
      ...cells('crashes', JOURNAL_STEPS, (step, index) => `crash at journal step ${index + 1} (${step})`, tryCrash),
      ...cells(
        'crashes',
        [JOURNAL_STEPS.length],
        (last) => `no crash after journal step ${last}`,
        (_, on) => tryNoCrash(on),
      ),
      ...cells('random kills', kills, (number) => `random kill ${number} of ${RANDOM_KILLS}`, tryRandomKill),
      ...cells(
        'experiments',
        EXPERIMENTS,
        ({ experiment, target = '', set }) => [experiment, target, ...set].join(' '),
        tryExperiment,
      ),
    ];
  });
}
