import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pollUntil } from '../../harness/base/poll.ts';
import type { RunManifest } from '../../harness/model/run-record.ts';
import type { CheckVerdict, RunVerdict } from '../../harness/model/verdict.ts';

const MAIN = fileURLToPath(new URL('../../harness/cli/main.ts', import.meta.url));
const EXIT_TIMEOUT_MS = 240_000;

/** What run.json holds after a run. */
export type RunFile = RunManifest & { verdict: RunVerdict; checks: CheckVerdict[] };

/** The command line as a user starts it, with its own folder for reports. */
export interface RunningCommand {
  readonly process: ChildProcess;
  readonly reports: string;
  /** Everything it printed so far, both streams. */
  output(): string;
  exit(): Promise<number | null>;
  /** Removes the reports; kills the command if it is still there. */
  dispose(): Promise<void>;
}

export async function startCommand(...words: string[]): Promise<RunningCommand> {
  const reports = await mkdtemp(join(tmpdir(), 'faultline-e2e-'));
  const out = words[0] === 'experiment' ? ['--out', reports] : [];
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, ...words, ...out], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const take = (chunk: Buffer) => {
    output += chunk.toString('utf8');
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return {
    process: child,
    reports,
    output: () => output,
    exit: async () => {
      const timer = setTimeout(() => child.kill('SIGTERM'), EXIT_TIMEOUT_MS);
      const code = await exited;
      clearTimeout(timer);
      return code;
    },
    dispose: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        await exited;
      }
      await rm(reports, { recursive: true, force: true });
    },
  };
}

/** Runs a command to its end. */
export async function runCommand(...words: string[]): Promise<RunningCommand & { code: number | null }> {
  const command = await startCommand(...words);
  const code = await command.exit();
  return { ...command, code };
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

/** Waits until the journal of the only run has this step (and phase); gives the run's id. */
export async function awaitStep(command: RunningCommand, step: string, phase?: string): Promise<string> {
  return await pollUntil(
    async () => {
      const folder = await onlyRun(command.reports);
      const journal = await readFile(join(folder, 'journal.jsonl'), 'utf8');
      const entries = journal
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      const found = entries.some((entry) => entry.step === step && (phase === undefined || entry.phase === phase));
      if (found) return { done: true, value: folder.split('/').at(-1)! };
      return { done: false, seen: `${JSON.stringify(entries.at(-1))}; printed: ${command.output().slice(-300)}` };
    },
    { subject: `journal step ${step} ${phase ?? ''}`, timeoutMs: 120_000 },
  );
}

/** Every process whose command line or working directory names the run, as `pid command`. */
export function processesOfRun(runId: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const line = quietly(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')) ?? '';
      const folder = quietly(() => readlinkSync(`/proc/${pid}/cwd`)) ?? '';
      return line.includes(runId) || folder.includes(runId) ? [`${pid} ${line}`] : [];
    });
}

/** Every folder of the run below the temporary folder. */
export async function foldersOfRun(runId: string): Promise<string[]> {
  const roots = (await readdir(tmpdir())).filter(
    (name) => name.startsWith('faultline-') && !name.startsWith('faultline-e2e-'),
  );
  const inside = await Promise.all(roots.map((root) => readdir(join(tmpdir(), root)).catch(() => [])));
  return inside.flat().filter((name) => name.includes(runId));
}

function quietly<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
