import { didYouMean } from '../base/closest.ts';
import { EXIT_USAGE, Problem } from '../base/errors.ts';
import { pollUntil } from '../base/poll.ts';
import { type Experiment, type Target, targetsOf } from '../model/experiment.ts';
import type { CloudAction } from '../run/cloud/cloud.ts';
import { describeSwept, listLiveRuns, sweepDeadRuns } from '../run/leftovers.ts';
import { planRun } from '../run/plan.ts';
import { isUp, withTargetUp } from '../run/up.ts';
import { chooseDriver } from '../runtime/drivers.ts';
import { listExperiments } from './catalogue.ts';
import { untilInterrupted } from './interruption.ts';
import { print } from './print.ts';
import { ensurePrograms } from './programs.ts';
import { printTarget } from './target-addresses.ts';

/** An orderly end takes a second or two. */
const DOWN_TIMEOUT_MS = 30_000;
const EXIT_INTERRUPTED_BRING_UP = 130;

export interface UpFlags {
  target: string;
  set: string[];
  runtime?: string;
  toxiproxy?: string;
  mutant?: string;
}

/** `up`: brings a target up by hand and leaves it up until Ctrl-C or `down`. */
export async function upCommand(flags: UpFlags): Promise<number> {
  const { target, choices } = await chooseTarget(flags);
  const driver = await chooseDriver(flags.runtime);
  const toxiproxy = flags.toxiproxy ?? process.env.FAULTLINE_TOXIPROXY;
  await ensurePrograms(driver);
  const { signal, wait } = untilInterrupted();
  let up = false;
  try {
    const onNodeReady = (node: string, ready: number, total: number) => print(`  ${ready}/${total} ${node} is ready`);
    const onCloudAction = ({ node, did }: CloudAction) => print(`  ${node} was ${did}`);
    await withTargetUp(
      { driver, toxiproxy, target, choices, onNodeReady, onCloudAction, onProgress: print, signal },
      async (running, logs) => {
        up = true;
        printTarget(running, print);
        if (target.directAccess !== undefined) print(`${target.directAccess(running.runId)}\n`);
        print(`Logs and spans: ${logs}\n`);
        await wait();
      },
    );
  } catch (thrown) {
    if (up || !signal.aborted) throw thrown;
    return EXIT_INTERRUPTED_BRING_UP;
  }
  print('Everything is down.');
  return 0;
}

/**
 * `down [RUN]`: asks every live `up` (or the one live run that is named) to end in order, waits for it, and removes what
 * dead runs left.
 */
export async function downCommand(name: string | undefined): Promise<number> {
  const running = await listLiveRuns();
  const live = running.filter(({ runId }) => (name === undefined ? isUp(runId) : runId === name));
  if (name !== undefined && live.length === 0)
    throw unknownLiveRun(
      name,
      running.map(({ runId }) => runId),
    );
  for (const { runId, owner } of live) {
    if (owner === null) continue;
    print(`Ending ${runId} (process ${owner.pid})`);
    process.kill(owner.pid, 'SIGTERM');
  }
  await pollUntil(
    async () => {
      const left = (await listLiveRuns()).filter(({ runId }) => live.some((run) => run.runId === runId));
      if (left.length === 0) return { done: true, value: undefined };
      return { done: false, seen: `${left.map(({ runId }) => runId).join(', ')} still up` };
    },
    { subject: 'every target to be down', timeoutMs: DOWN_TIMEOUT_MS, intervalMs: 100 },
  );
  return await undoCommand();
}

/** `undo`: removes every process, port and folder that dead runs left behind. */
export async function undoCommand(): Promise<number> {
  const swept = await sweepDeadRuns();
  for (const run of swept) print(describeSwept(run));
  const live = await listLiveRuns();
  for (const { runId, owner } of live) print(`Left alone: ${runId}, which process ${owner?.pid} is still running`);
  if (swept.length === 0 && live.length === 0) print('Nothing is left of any run.');
  return 0;
}

function unknownLiveRun(name: string, running: readonly string[]): Problem {
  return new Problem(`No run "${name}" is going on`, {
    code: 'unknown-run',
    hint: running.length === 0 ? 'Nothing is running.' : `Going on: ${running.join(', ')}.`,
    exitCode: EXIT_USAGE,
  });
}

/** Targets are known by the experiments that use them. */
async function chooseTarget({ target: name, set, mutant }: UpFlags) {
  const experiments = await listExperiments();
  const fitting = (experiment: Experiment) => targetsOf(experiment).some((target) => target.name === name);
  const experiment = experiments.find(fitting);
  if (experiment === undefined) throw unknownTarget(name, [...new Set(experiments.flatMap(targetsOf))]);
  const plan = planRun(experiment, { set, target: name, ...(mutant === undefined ? {} : { mutant }) });
  const { parameters } = plan;
  return { target: plan.experiment.target, choices: { parameters, ...(mutant === undefined ? {} : { mutant }) } };
}

function unknownTarget(name: string, targets: readonly Target[]): Problem {
  const names = targets.map((target) => target.name);
  return new Problem(`There is no target "${name}"${didYouMean(name, names)}`, {
    code: 'unknown-target',
    hint: `Targets: ${names.join(', ')}.`,
    exitCode: EXIT_USAGE,
  });
}
