import { mkdir, readdir, readFile, rename, rm, statfs, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { EXIT_USAGE, messageOf, Problem } from '../base/errors.ts';

/** Less free space than this and nothing is started: a run writes tens of megabytes, its databases hundreds. */
const FREE_BYTES_MIN = 1024 ** 3;

/** The files that a run leaves behind, all in one folder. */
export interface RunDirectory {
  readonly path: string;
  readonly runId: string;
  readonly manifest: string;
  readonly journal: string;
  readonly history: string;
  readonly spans: string;
  readonly metrics: string;
  readonly alerts: string;
  readonly events: string;
  readonly ledger: string;
  readonly logs: string;
  readonly report: string;
  readonly junit: string;
  readonly summary: string;
}

export function runDirectory(path: string): RunDirectory {
  const file = (name: string) => join(path, name);
  return {
    path,
    runId: basename(path),
    manifest: file('run.json'),
    journal: file('journal.jsonl'),
    history: file('history.jsonl'),
    spans: file('spans.jsonl'),
    metrics: file('metrics.jsonl'),
    alerts: file('alerts.json'),
    events: file('events.jsonl'),
    ledger: file('ledger.json'),
    logs: file('logs'),
    report: file('index.html'),
    junit: file('junit.xml'),
    summary: file('summary.md'),
  };
}

/** `20261124-021500-dc-outage-3f2a`: sorts by time, and says what it is. */
export function newRunId(experiment: string, at: Date, suffix: string): string {
  const [date = '', time = ''] = at.toISOString().split('T');
  return `${date.replaceAll('-', '')}-${time.slice(0, 8).replaceAll(':', '')}-${experiment}-${suffix}`;
}

/**
 * Makes the folder of a new run and points `latest` at it.
 * @throws Problem `reports-unwritable` or `disk-full`, before anything else has happened.
 */
export async function createRunDirectory(reports: string, runId: string): Promise<RunDirectory> {
  const directory = runDirectory(join(reports, runId));
  try {
    await mkdir(directory.logs, { recursive: true });
    await writeFile(join(directory.path, '.writable'), 'x');
    await rm(join(directory.path, '.writable'));
  } catch (thrown) {
    throw new Problem(`Cannot write to ${reports}: ${messageOf(thrown)}`, {
      code: 'reports-unwritable',
      hint: 'Free the folder, or name another one with --out.',
      exitCode: EXIT_USAGE,
      cause: thrown,
    });
  }
  await expectFreeSpace(directory.path);
  await pointLatest(reports, runId);
  return directory;
}

/** @throws Problem `disk-full` when the file system that holds `path` has less than 1 GiB left. */
async function expectFreeSpace(path: string): Promise<void> {
  const { bavail, bsize } = await statfs(path);
  const free = bavail * bsize;
  if (free >= FREE_BYTES_MIN) return;
  throw new Problem(`Only ${Math.round(free / 1024 ** 2)} MiB are free at ${path}, a run needs 1024 MiB`, {
    code: 'disk-full',
    hint: 'Remove old runs from reports/, or name a folder on another disk with --out.',
    exitCode: EXIT_USAGE,
  });
}

/** Replaced in one step, so that a reader never finds it missing. A file system without links does without. */
async function pointLatest(reports: string, runId: string): Promise<void> {
  const temporary = join(reports, `.latest-${runId}`);
  try {
    await symlink(runId, temporary);
    await rename(temporary, join(reports, 'latest'));
  } catch {
    await rm(temporary, { force: true });
  }
}

/** Writes whole or not at all: a crash never leaves half a file. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFile(`${path}.part`, `${JSON.stringify(value, null, 2)}\n`);
  await rename(`${path}.part`, path);
}

/**
 * The folder of a run that somebody named: a path, a run id below `reports`, or `latest`.
 * @throws Problem `unknown-run`, listing the newest runs.
 */
export async function findRun(reports: string, name: string): Promise<RunDirectory> {
  for (const path of [join(reports, name), name]) {
    const directory = runDirectory(path);
    const text = await readFile(directory.manifest, 'utf8').catch(() => undefined);
    if (text !== undefined) return directory;
  }
  const known = (await readdir(reports).catch(() => [])).filter((entry) => /^\d{8}-/.test(entry)).sort();
  throw new Problem(`No run "${name}" in ${reports}: it has no run.json there`, {
    code: 'unknown-run',
    hint: known.length === 0 ? 'There are no runs yet.' : `The newest runs: ${known.slice(-5).reverse().join(', ')}.`,
    exitCode: EXIT_USAGE,
  });
}
