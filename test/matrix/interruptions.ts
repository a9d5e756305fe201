import assert from 'node:assert/strict';
import { PHASES, type Phase } from '../../harness/model/phase.ts';
import { awaitPhase, type RunningExperiment, readRun, runCommand, withExperiment } from '../e2e/command.ts';
import { expectNothingLeft, partsOfRun } from '../e2e/leftovers.ts';
import type { Surroundings } from './drivers.ts';

/** Phases as short as they can be while each is still seen. */
export const SHORT = ['warmUp=1', 'steady=2', 'hold=5', 'recovery=2'];

/** From the first thing that is started to the last moment of load: what comes after cannot be cut short usefully. */
export const PHASES_TO_INTERRUPT: readonly Phase[] = between('bring-up', 'drain');
/** A kill asks nobody: it can also meet the tear-down half way. */
export const PHASES_TO_KILL_IN: readonly Phase[] = between('bring-up', 'tear-down');
/** The target is whole: it must outlive its harness, or nothing was shown. */
const PHASES_WITH_TARGET: readonly Phase[] = between('canary', 'drain');

/** Ctrl-C as soon as the phase has begun. @throws when the run does not say so, or when anything of it is left. */
export async function tryInterruption(phase: Phase, { driver, signal }: Surroundings): Promise<void> {
  await withExperiment({ experiment: 'dc-outage', driver, set: SHORT, signal }, async (command) => {
    const runId = await awaitPhase(command, phase);
    command.process.kill('SIGINT');
    const code = await command.exit();
    const { verdict } = await readRun(command.reports);
    assert.deepEqual({ verdict, code }, { verdict: 'interrupted', code: 130 });
    await expectNothingLeft(runId);
  });
}

/** kill -9 as soon as the phase has begun, then `undo`. @throws when anything of the run is left after that. */
export async function tryKill(phase: Phase, { driver, signal }: Surroundings): Promise<void> {
  await withExperiment({ experiment: 'dc-outage', driver, set: SHORT, signal }, async (command) => {
    const runId = await awaitPhase(command, phase);
    command.process.kill('SIGKILL');
    await command.exit();
    if (PHASES_WITH_TARGET.includes(phase)) {
      assert.notDeepEqual(await partsOfRun(runId), [], 'the target should have outlived its harness');
    }
    await expectCleanUndo(command, runId);
  });
}

/** `undo` after a kill. @throws when anything of the run is left after that, or its record does not say that it was cut short. */
export async function expectCleanUndo({ reports }: RunningExperiment, runId: string): Promise<void> {
  const undo = await runCommand('undo');
  assert.equal(undo.code, 0, undo.output());
  await expectNothingLeft(runId);
  const { ending } = await readRun(reports);
  assert.equal(ending?.verdict, 'failed', 'the record of a run that was killed must not be taken for a good one');
}

function between(first: Phase, last: Phase): Phase[] {
  return PHASES.slice(PHASES.indexOf(first), PHASES.indexOf(last) + 1);
}
