import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { promisify } from 'node:util';
import { executable } from '../runtime/process/programs.ts';

const run = promisify(execFile);

/** How each program tells its version. */
const PROGRAMS: Readonly<Record<string, string[]>> = {
  postgres: ['--version'],
  'redis-server': ['--version'],
  'nats-server': ['--version'],
  haproxy: ['-v'],
  prometheus: ['--version'],
};
const VERSION_TIMEOUT_MS = 5000;

/** What the run was made on and with: a figure without it means nothing a month later. */
export async function describeEnvironment(): Promise<Record<string, string>> {
  const packageFile = new URL('../../package.json', import.meta.url);
  const { version } = JSON.parse(await readFile(packageFile, 'utf8')) as { version: string };
  const programs = await Promise.all(
    Object.entries(PROGRAMS).map(async ([program, args]) => [program, await versionOf(program, args)] as const),
  );
  return {
    faultline: version,
    node: process.version,
    platform: `${type()} ${release()} ${process.arch}`,
    processor: `${availableParallelism()} x ${cpus()[0]?.model ?? 'unknown'}`,
    memory: `${Math.round(totalmem() / 1024 ** 3)} GiB`,
    ...Object.fromEntries(programs),
  };
}

/** @throws Problem `missing-program` when it is not installed: before anything was started. */
async function versionOf(program: string, args: string[]): Promise<string> {
  const { stdout, stderr } = await run(executable(program), args, { timeout: VERSION_TIMEOUT_MS });
  return /\d+\.\d+[\w.-]*/.exec(stdout || stderr)?.[0] ?? 'unknown';
}
