/**
 * `npm run test:full`: every mutant, every phase to interrupt or to kill in, every step of the journal to crash at,
 * random kills and every experiment, on every driver.
 * Each result is kept at once, and what is good at this revision is not run again: hours of it can be done in parts.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { systemClock } from '../../harness/base/clock.ts';
import { EXIT_USAGE } from '../../harness/base/errors.ts';
import { untilInterrupted } from '../../harness/cli/interruption.ts';
import { runCommand } from '../e2e/command.ts';
import type { Cell } from './cell.ts';
import { allCells } from './cells.ts';
import { DRIVERS, usableDrivers } from './drivers.ts';
import { currentRevision } from './revision.ts';
import { runCells } from './run.ts';
import { selectCells, type Wish } from './selection.ts';
import { appendResult, type CellResult, readResults } from './store.ts';
import { resultTable } from './table.ts';

const STORE = join(fileURLToPath(new URL('../../', import.meta.url)), 'reports', 'matrix.jsonl');
/** Of a cell that was never run. */
const SECONDS_EXPECTED = 90;

interface Flags extends Wish {
  readonly minutes?: number;
  readonly list?: boolean;
  readonly store: string;
}

process.exit(await main(process.argv.slice(2)));

async function main(words: string[]): Promise<number> {
  const flags = readFlags(words);
  if (typeof flags === 'number') return flags;
  const results = await readResults(flags.store);
  const revision = currentRevision();
  const drivers = await usableDrivers();
  if (drivers.length < DRIVERS.length) print('No Docker Engine answers: only cells of the process driver are run.');
  const selection = selectCells(allCells(drivers), results, { wish: flags, revision });
  const { chosen, known } = selection;
  if (flags.list) return printNames([...known, ...chosen]);
  if (chosen.length + known.length === 0) return nothingFits(flags);
  const files = revision.tree === null ? ' with changes that are not committed' : '';
  print(`${revision.commit}${files}, seed ${flags.seed}: ${chosen.length} to run, ${known.length} good before\n`);
  const interruption = untilInterrupted();
  const deadlineMs = flags.minutes === undefined ? null : systemClock.now() + flags.minutes * 60_000;
  const ran = await runCells(chosen, {
    revision,
    deadlineMs,
    secondsOf: ({ name }) => secondsOf(name, results),
    keep: (result) => appendResult(flags.store, result),
    cleanUp: async () => {
      const { code, output } = await runCommand('undo');
      if (code !== 0) print(output());
    },
    print,
    signal: interruption.signal,
    clock: systemClock,
  });
  print(`\n${resultTable(selection, ran)}\n`);
  if (interruption.signal.aborted) return 130;
  return ran.every(({ ok }) => ok) ? 0 : 1;
}

/** The flags, or the exit code when there is nothing to run. */
function readFlags(words: string[]): Flags | number {
  const command = new Command('npm run test:full --')
    .exitOverride()
    .showSuggestionAfterError()
    .option('--only <text>', 'cells whose name contains it')
    .option('--slice <count>', 'at most so many cells', positive)
    .option('--seed <text>', 'draws the order, and so the slice', randomBytes(3).toString('hex'))
    .option('--minutes <count>', 'begin no cell that would probably end later', positive)
    .option('--list', 'the names of the cells, in order; runs nothing')
    .addOption(new Option('--again <which>', 'also what is known').choices(['failed', 'all']))
    .option('--store <file>', 'where results are kept', STORE);
  try {
    return command.parse(words, { from: 'user' }).opts<Flags>();
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    return thrown.exitCode === 0 ? 0 : EXIT_USAGE;
  }
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError(`Expected a number above 0, got "${text}".`);
  return value;
}

function secondsOf(name: string, results: readonly CellResult[]): number {
  return results.findLast(({ cell }) => cell === name)?.seconds ?? SECONDS_EXPECTED;
}

function printNames(cells: readonly Cell[]): number {
  for (const { name } of cells) print(`${name}\n`);
  return 0;
}

/** Nothing to do is only wrong when something was asked for that is not there. */
function nothingFits({ only, again }: Wish): number {
  const failed = again === 'failed' ? ' whose last result is red' : '';
  print(`No cell${failed}${only === undefined ? '' : ` has "${only}" in its name`}. --list names them all.\n`);
  return only === undefined ? 0 : EXIT_USAGE;
}

function print(text: string): void {
  process.stdout.write(text);
}
