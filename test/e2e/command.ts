import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../../harness/base/errors.ts';
import { pollUntil } from '../../harness/base/poll.ts';
import type { Phase } from '../../harness/model/phase.ts';
import type { RunManifest } from '../../harness/model/run-record.ts';
import type { CheckVerdict, RunVerdict } from '../../harness/model/verdict.ts';
import { readJsonLines } from '../../harness/record/json-lines.ts';
import type { Driver } from '../matrix/drivers.ts';

const MAIN = fileURLToPath(new URL('../../harness/cli/start.mjs', import.meta.url));
/** Runs of tests are recorded here. Those that failed stay, to be read. */
const RED_RUNS = fileURLToPath(new URL('../../reports/red/', import.meta.url));
/** A command that has not ended by then is asked to; and killed when it does not do so either. */
const EXIT_TIMEOUT_MS = 240_000;
const ORDERLY_END_MS = 60_000;
const PRINTED_CHARACTERS = 3000;
/** In each region: fewer than usual, because all of them log in before a run begins. */
const USERS = 60;
/**
 * Operations per second. Containers cost more of a machine with two processors: at the usual rate one that starts a whole
 * datacenter again has nothing left for its lease, and what fails then is the machine.
 */
const RATES: Readonly<Record<Driver, number | undefined>> = { process: undefined, docker: 50 };

/** What run.json holds after a run. */
export type RunFile = RunManifest & { verdict: RunVerdict; checks: CheckVerdict[] };

/** The command line as a user starts it. */
export interface RunningCommand {
  readonly process: ChildProcess;
  /** Everything it printed so far, both streams. */
  output(): string;
  exit(): Promise<number | null>;
}

/** An experiment as a user starts it, with a folder of its own for reports. */
export interface RunningExperiment extends RunningCommand {
  readonly reports: string;
}

/** What is typed, and on which driver. */
export interface ExperimentWords {
  readonly experiment: string;
  readonly driver: Driver;
  /** Left out: where the experiment is at home. */
  readonly target?: string | undefined;
  readonly mutant?: string;
  /** `key=value` texts, as after --set. */
  readonly set: readonly string[];
  /** As after --stop. */
  readonly stop?: readonly string[];
  /** A command that runs the command: `nsenter` and its arguments. */
  readonly prefix?: readonly string[];
  /** Called with the folder for reports before anything is in it; what it gives is disposed of at the end. */
  readonly onFolder?: (reports: string) => Promise<AsyncDisposable>;
  /** Operations per second; by default as many as the driver can bear. */
  readonly rate?: number;
  /** Of the Node that runs the command, and of no process that this starts. */
  readonly nodeOptions?: readonly string[] | undefined;
  /** When it is aborted, the command gets a Ctrl-C. */
  readonly signal: AbortSignal | undefined;
}

/**
 * Starts an experiment, and sees to it that it has ended when `claim` has. Its reports are removed when the claim held.
 * @throws Error with the claim's own message, the folder that holds the run, and the end of what it printed.
 */
export async function withExperiment(
  words: ExperimentWords,
  claim: (command: RunningExperiment) => Promise<void>,
): Promise<void> {
  const {
    experiment,
    driver,
    target,
    mutant,
    set,
    stop = [],
    rate = RATES[driver],
    nodeOptions,
    prefix,
    onFolder,
    signal,
  } = words;
  await mkdir(RED_RUNS, { recursive: true });
  const reports = await mkdtemp(join(RED_RUNS, `${experiment}-`));
  await using around = new AsyncDisposableStack();
  if (onFolder !== undefined) around.use(await onFolder(reports));
  const command = startCommand(
    [
      ...['experiment', experiment, '--runtime', driver, '--out', reports],
      ...(target === undefined ? [] : ['--target', target]),
      ...(mutant === undefined ? [] : ['--mutant', mutant]),
      ...(rate === undefined ? [] : ['--rate', String(rate)]),
      ...['--users', String(USERS)],
      ...set.flatMap((text) => ['--set', text]),
      ...stop.flatMap((text) => ['--stop', text]),
    ],
    { signal, nodeOptions, prefix },
  );
  try {
    await claim({ ...command, reports });
  } catch (thrown) {
    await end(command);
    if (signal?.aborted) {
      await around.disposeAsync();
      await rm(reports, { recursive: true, force: true });
      throw thrown;
    }
    const printed = command.output().slice(-PRINTED_CHARACTERS);
    throw new Error(`${messageOf(thrown)}\nThe run is kept in ${reports}. It printed:\n${printed}`, { cause: thrown });
  }
  await end(command);
  await around.disposeAsync();
  await rm(reports, { recursive: true, force: true });
}

/** Runs a command to its end. */
export async function runCommand(...words: string[]): Promise<RunningCommand & { code: number | null }> {
  const command = startCommand(words);
  return { ...command, code: await command.exit() };
}

/** Starts a command, and sees to it that it has ended when `claim` has. */
export async function withCommand(words: readonly string[], claim: (command: RunningCommand) => Promise<void>) {
  const command = startCommand(words);
  try {
    await claim(command);
  } finally {
    await end(command);
  }
}

function startCommand(
  words: readonly string[],
  {
    signal,
    nodeOptions = [],
    prefix = [],
  }: { [Word in 'signal' | 'nodeOptions' | 'prefix']?: ExperimentWords[Word] | undefined } = {},
): RunningCommand {
  const options = ['--disable-warning=ExperimentalWarning', ...nodeOptions];
  const [program = '', ...rest] = [...prefix, process.execPath, ...options, MAIN, ...words];
  const child = spawn(program, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const take = (chunk: Buffer) => {
    output += chunk.toString('utf8');
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const interrupt = () => void child.kill('SIGINT');
  if (signal?.aborted) interrupt();
  signal?.addEventListener('abort', interrupt);
  void exited.then(() => signal?.removeEventListener('abort', interrupt));
  return {
    process: child,
    output: () => output,
    exit: async () => {
      const timers = [
        setTimeout(() => child.kill('SIGTERM'), EXIT_TIMEOUT_MS),
        setTimeout(() => child.kill('SIGKILL'), EXIT_TIMEOUT_MS + ORDERLY_END_MS),
      ];
      const code = await exited;
      for (const timer of timers) clearTimeout(timer);
      return code;
    },
  };
}

async function end(command: RunningCommand): Promise<void> {
  if (hasEnded(command)) return;
  command.process.kill('SIGTERM');
  await command.exit();
}

function hasEnded({ process: child }: RunningCommand): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** The folder of the only run in a reports folder. */
export async function onlyRun(reports: string): Promise<string> {
  const runs = (await readdir(reports)).filter((name) => /^\d{8}-/.test(name));
  if (runs.length !== 1) throw new Error(`expected one run in ${reports}, found ${runs.length}`);
  return join(reports, runs[0]!);
}

export async function readRun(reports: string): Promise<RunFile> {
  return JSON.parse(await readFile(join(await onlyRun(reports), 'run.json'), 'utf8')) as RunFile;
}

/** Waits until the journal of the run says that this phase has begun; gives the run's id. */
export async function awaitPhase(command: RunningExperiment, phase: Phase): Promise<string> {
  const runId = await pollUntil(
    async () => {
      if (hasEnded(command)) return { done: true, value: undefined };
      const folder = await onlyRun(command.reports);
      const { items } = await readJsonLines<Record<string, unknown>>(join(folder, 'journal.jsonl'));
      const begun = items.some((entry) => entry.step === 'phase-started' && entry.phase === phase);
      if (begun) return { done: true, value: basename(folder) };
      return { done: false, seen: JSON.stringify(items.at(-1)) };
    },
    { subject: `the phase ${phase}`, timeoutMs: 120_000 },
  );
  if (runId === undefined) throw new Error(`The run ended before its phase ${phase}`);
  return runId;
}
