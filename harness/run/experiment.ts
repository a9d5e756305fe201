import { randomBytes } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import { messageOf, Problem } from '../base/errors.ts';
import { createRunDirectory, newRunId, type RunDirectory } from '../record/run-directory.ts';
import type { Driver } from '../runtime/driver.ts';
import { type Conclusion, judgeRun, writeReports } from './conclude.ts';
import { describeMachine } from './environment.ts';
import { preparationsFor } from './faults/plan-faults.ts';
import { describeSwept, sweepDeadRuns } from './leftovers.ts';
import type { RunObserver } from './observer.ts';
import type { RunPlan } from './plan.ts';
import { ExperimentRun } from './run.ts';

export interface ExperimentOptions {
  plan: RunPlan;
  driver: Driver;
  /** A Toxiproxy server of the user's own: its address, or an image for containers. */
  toxiproxy: string | undefined;
  reports: string;
  reproduce: string;
  observer: RunObserver;
  /** Called with the target still up, before it is torn down: resolves when it may go. */
  keepUp?: (run: ExperimentRun) => Promise<void>;
  signal: AbortSignal;
  clock: Clock;
}

export interface ExperimentResult extends Conclusion {
  directory: RunDirectory;
}

/** Runs an experiment whole: preflight, the run itself, tear-down, checks, report. */
export async function runExperiment(options: ExperimentOptions): Promise<ExperimentResult> {
  const { plan, driver, toxiproxy, reports, reproduce, observer, keepUp, signal, clock } = options;
  const runId = newRunId(plan.experiment.name, new Date(clock.now()), randomBytes(2).toString('hex'));
  for (const swept of await sweepDeadRuns()) {
    observer.note(describeSwept(swept));
  }
  const prepared = await driver.prepare({
    image: plan.experiment.target.image,
    toxiproxy,
    preparations: preparationsFor(plan.faults),
    onProgress: (line) => observer.note(line),
    signal,
  });
  const machine = await describeMachine();
  const directory = await createRunDirectory(reports, runId);
  observer.runCreated({ runId, path: directory.path });
  const run = new ExperimentRun({
    plan,
    directory,
    driver: prepared,
    machine,
    reproduce,
    observer,
    signal,
    clock,
  });
  await run.execute();
  if (keepUp !== undefined && run.target !== undefined && !signal.aborted) await keepUp(run);
  await run.tearDown();

  try {
    observer.phaseStarted('checks', null);
    const conclusion = await judgeRun(directory, plan.experiment.checks);
    observer.phaseEnded('checks', null);
    observer.phaseStarted('report', null);
    await writeReports(directory, conclusion);
    observer.phaseEnded('report', null);
    return { directory, ...conclusion };
  } catch (thrown) {
    throw new Problem(`The run is over and everything is down, but no verdict could be made: ${messageOf(thrown)}`, {
      code: 'not-judged',
      hint: `What was recorded is in ${directory.path}. When what is wrong there is mended: npm run report ${directory.path}`,
      cause: thrown,
    });
  }
}
