import assert from 'node:assert/strict';
import { join } from 'node:path';
import { systemClock } from '../../harness/base/clock.ts';
import { seededRandom } from '../../harness/base/random.ts';
import type { Phase } from '../../harness/model/phase.ts';
import type { JournalEntry } from '../../harness/record/journal.ts';
import { readJsonLines } from '../../harness/record/json-lines.ts';
import { awaitPhase, onlyRun, type RunningExperiment, readRun, withExperiment } from '../e2e/command.ts';
import { expectNothingLeft, partsOfRun } from '../e2e/leftovers.ts';
import type { Surroundings } from './drivers.ts';
import { ENOUGH_TO_PASS } from './experiments.ts';
import { expectCleanUndo, PHASES_TO_INTERRUPT, PHASES_TO_KILL_IN } from './interruptions.ts';

const SHORT = ['warmUp=1', 'steady=1', 'hold=2', 'recovery=1'];
const RATE = 20;

const STEPS_WITHIN: Partial<Record<Phase, readonly string[]>> = {
  inject: ['undo-registered', 'injected'],
  undo: ['undo-started', 'undone'],
};

/** All that a run of dc-outage writes into its journal, in this order: after each of them it can crash. */
export const JOURNAL_STEPS: readonly string[] = [
  ...PHASES_TO_KILL_IN.flatMap((phase) => [`${phase} started`, ...(STEPS_WITHIN[phase] ?? []), `${phase} ended`]),
  'finished',
];

/** kill -9 in the moment in which this step is on the disk, then `undo`. @throws when anything of the run is left after that. */
export async function tryCrash(step: string, { driver, signal }: Surroundings): Promise<void> {
  const count = JOURNAL_STEPS.indexOf(step) + 1;
  const words = { experiment: 'dc-outage', driver, set: SHORT, rate: RATE, signal };
  await withExperiment({ ...words, nodeOptions: crashAfter(count) }, async (command) => {
    await command.exit();
    assert.equal(command.process.signalCode, 'SIGKILL');
    assert.deepEqual(await journalOf(command), JOURNAL_STEPS.slice(0, count));
    const { runId } = await readRun(command.reports);
    if (isBetween(step, 'bring-up ended', 'tear-down started')) {
      assert.notDeepEqual(await partsOfRun(runId), [], 'the target should have outlived its harness');
    }
    await expectCleanUndo(command, runId);
  });
}

/** A run that would crash after one step more than there are. @throws when it does, or does not pass. */
export async function tryNoCrash({ driver, signal }: Surroundings): Promise<void> {
  const words = { experiment: 'dc-outage', driver, set: ENOUGH_TO_PASS, signal };
  await withExperiment({ ...words, nodeOptions: crashAfter(JOURNAL_STEPS.length + 1) }, async (command) => {
    const code = await command.exit();
    assert.deepEqual(await journalOf(command), JOURNAL_STEPS);
    const { verdict, runId } = await readRun(command.reports);
    assert.deepEqual({ verdict, code }, { verdict: 'passed', code: 0 });
    await expectNothingLeft(runId);
  });
}

/** Different moments, the same for each number: enough of them find what no list of steps has. */
export const RANDOM_KILLS = 200;
/** Less than the drain and the tear-down take: the kill never comes after the end. */
const DELAY_MS_MAX = 2000;

/** kill -9 in a moment that the number draws, then `undo`. @throws when anything of the run is left after that. */
export async function tryRandomKill(number: number, { driver, signal }: Surroundings): Promise<void> {
  const random = seededRandom(`random kill ${number} on ${driver}`);
  const phase = random.pick(PHASES_TO_INTERRUPT);
  const delayMs = random.integer(0, DELAY_MS_MAX);
  await withExperiment({ experiment: 'dc-outage', driver, set: SHORT, rate: RATE, signal }, async (command) => {
    const runId = await awaitPhase(command, phase);
    await systemClock.sleep(delayMs, signal);
    command.process.kill('SIGKILL');
    await command.exit();
    assert.equal(command.process.signalCode, 'SIGKILL', `it ended before ${delayMs} ms of ${phase} were over`);
    await expectCleanUndo(command, runId);
  });
}

function crashAfter(steps: number): string[] {
  const module = new URL('./crash-point.ts', import.meta.url);
  module.searchParams.set('step', String(steps));
  return ['--import', module.href];
}

async function journalOf({ reports }: RunningExperiment): Promise<string[]> {
  const { items } = await readJsonLines<JournalEntry>(join(await onlyRun(reports), 'journal.jsonl'));
  return items.map(({ step, phase }) => (phase === undefined ? step : `${phase} ${step.replace('phase-', '')}`));
}

function isBetween(step: string, first: string, last: string): boolean {
  const [from, at, to] = [first, step, last].map((name) => JOURNAL_STEPS.indexOf(name)) as [number, number, number];
  return from <= at && at <= to;
}
