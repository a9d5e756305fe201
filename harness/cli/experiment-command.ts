import { resolve } from 'node:path';
import { systemClock } from '../base/clock.ts';
import { type Experiment, targetsOf } from '../model/experiment.ts';
import { VERDICT_EXIT_CODES } from '../model/verdict.ts';
import { terminalSummary } from '../report/summary.ts';
import { runExperiment } from '../run/experiment.ts';
import { acceptedValues, parametersOf, planRun } from '../run/plan.ts';
import { previewPlan } from '../run/preview.ts';
import { chooseDriver, DRIVER_NAMES } from '../runtime/drivers.ts';
import { findExperiment, listExperiments } from './catalogue.ts';
import { liveDisplay, plainDisplay } from './display.ts';
import { untilInterrupted } from './interruption.ts';
import { print } from './print.ts';
import { ensurePrograms } from './programs.ts';
import { printTarget } from './target-addresses.ts';

export interface ExperimentFlags {
  set: string[];
  seed?: string;
  runtime?: string;
  toxiproxy?: string;
  target?: string;
  rate?: string;
  users?: string;
  out: string;
  keep?: boolean;
  mutant?: string;
  stop: string[];
  dryRun?: boolean;
  list?: boolean;
  help?: boolean;
}

/** `experiment NAME`: runs it and gives the exit code of its verdict. */
export async function experimentCommand(name: string | undefined, flags: ExperimentFlags): Promise<number> {
  if (flags.list || (name === undefined && !flags.help)) return await printExperiments();
  if (name === undefined) return printUsage();
  const experiment = await findExperiment(name);
  if (flags.help) return printExperimentHelp(experiment);
  const driver = await chooseDriver(flags.runtime);
  const plan = planRun(experiment, {
    set: flags.set,
    stop: flags.stop,
    driver: driver.name,
    ...(flags.target === undefined ? {} : { target: flags.target }),
    ...(flags.seed === undefined ? {} : { seed: Number(flags.seed) }),
    ...(flags.rate === undefined ? {} : { ratePerSecond: Number(flags.rate) }),
    ...(flags.users === undefined ? {} : { usersPerRegion: Number(flags.users) }),
    ...(flags.mutant === undefined ? {} : { mutant: flags.mutant }),
  });
  if (flags.dryRun) {
    for (const line of previewPlan(plan, driver.name)) print(line);
    return 0;
  }
  await ensurePrograms(driver);
  const interruption = untilInterrupted();
  const { directory, record, judgement } = await runExperiment({
    plan,
    driver,
    toxiproxy: flags.toxiproxy ?? process.env.FAULTLINE_TOXIPROXY,
    reports: resolve(flags.out),
    reproduce: reproduceCommand(name, flags, plan.seed),
    observer: process.stdout.isTTY ? liveDisplay(print) : plainDisplay(print),
    ...(flags.keep
      ? {
          keepUp: async (run) => {
            printTarget(run.target!, print);
            await interruption.wait();
          },
        }
      : {}),
    signal: interruption.signal,
    clock: systemClock,
  });
  print(`\n${terminalSummary(record, judgement, directory.report)}`);
  return VERDICT_EXIT_CODES[judgement.verdict];
}

/** The line that does the same again, seed included. */
function reproduceCommand(name: string, flags: ExperimentFlags, seed: number): string {
  const words = [
    ...(flags.target === undefined ? [] : [`--target ${flags.target}`]),
    ...flags.set.map((text) => `--set ${text}`),
    `--seed ${seed}`,
    ...(flags.runtime === undefined ? [] : [`--runtime ${flags.runtime}`]),
    ...(flags.toxiproxy === undefined ? [] : [`--toxiproxy ${flags.toxiproxy}`]),
    ...(flags.rate === undefined ? [] : [`--rate ${flags.rate}`]),
    ...(flags.users === undefined ? [] : [`--users ${flags.users}`]),
    ...(flags.mutant === undefined ? [] : [`--mutant ${flags.mutant}`]),
    ...flags.stop.map((text) => `--stop "${text}"`),
  ];
  return `npm run experiment ${name} -- ${words.join(' ')}`;
}

async function printExperiments(): Promise<number> {
  print('Experiments (npm run experiment NAME):\n');
  for (const experiment of await listExperiments()) {
    const names = targetsOf(experiment).map(({ name }) => name);
    print(`  ${experiment.name.padEnd(18)} ${experiment.title}  [${names.join(', ')}]`);
  }
  print('\nnpm run experiment NAME -- --help tells what can be set.');
  return 0;
}

function printUsage(): number {
  print(`Usage: npm run experiment NAME -- [options]

  --target NAME     put the claim to another of its targets
  --set KEY=VALUE   change a parameter; may be repeated
  --seed N          seed of everything that is drawn
  --runtime NAME    ${DRIVER_NAMES.join(' or ')}
  --toxiproxy WHERE a Toxiproxy server of your own: its address, or an image for containers
  --rate N          operations per second, over all regions
  --users N         users in each region
  --out FOLDER      where runs are recorded (default: reports)
  --keep            leave the target up after the run, until Ctrl-C
  --mutant NAME     break the target on purpose, to see the verdict turn
  --stop "WHEN"     end at once and take everything back, as "availability < 0.5 for 5 s"; may be repeated
  --dry-run         print what would be done, and touch nothing
  --list            list the experiments
  --help            this text; with NAME, that experiment's parameters

Exit codes: 0 passed, 1 deviated, 2 inconclusive, 3 aborted, 4 usage, 5 failed, 130 interrupted.`);
  return 0;
}

function printExperimentHelp(experiment: Experiment): number {
  const { name, title, description, target, weaknesses = {} } = experiment;
  print(`${name}: ${title}\n\n${description}\n\nParameters (--set KEY=VALUE):`);
  for (const [key, definition] of Object.entries(parametersOf(experiment))) {
    print(`  ${key.padEnd(12)} ${definition.summary}: ${acceptedValues(definition)} (default ${definition.default})`);
  }
  print('\nTargets (--target NAME):');
  for (const { name: where, title: what } of targetsOf(experiment)) {
    const weakness = weaknesses[where];
    const verdict =
      weakness === undefined ? 'passes' : `deviates in ${weakness.checks.join(', ')}: ${weakness.because}`;
    print(`  ${where.padEnd(12)} ${what}: ${verdict}`);
  }
  print(`\nMutants of ${target.name} (--mutant NAME):`);
  for (const mutant of target.mutants) print(`  ${mutant.name.padEnd(30)} ${mutant.summary}`);
  print('');
  return printUsage();
}
