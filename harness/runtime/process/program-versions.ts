import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { executable } from './programs.ts';

const run = promisify(execFile);

/** How each program tells its version. */
const PROGRAMS: Readonly<Record<string, string[]>> = {
  postgres: ['--version'],
  'redis-server': ['--version'],
  'nats-server': ['--version'],
  haproxy: ['-v'],
  nginx: ['-v'],
  prometheus: ['--version'],
};
const VERSION_TIMEOUT_MS = 5000;

/** The version of each server program. */
export async function programVersions(): Promise<Record<string, string>> {
  const versions = await Promise.all(
    Object.entries(PROGRAMS).map(async ([program, args]) => [program, await versionOf(program, args)] as const),
  );
  return Object.fromEntries(versions);
}

/** @throws Problem `missing-program` when it is not installed: before anything was started. */
async function versionOf(program: string, args: string[]): Promise<string> {
  const { stdout, stderr } = await run(executable(program), args, { timeout: VERSION_TIMEOUT_MS });
  return /\d+\.\d+[\w.-]*/.exec(stdout || stderr)?.[0] ?? 'unknown';
}
