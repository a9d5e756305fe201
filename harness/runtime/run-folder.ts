import {
  appendFileSync,
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { Problem } from '../base/errors.ts';
import type { Address } from '../model/topology.ts';
import type { ForeignProxies } from './network/foreign-server.ts';
import { isAlive, type ProcessIdentity, startTimeOf } from './process-table.ts';

/** A run's temporary folder: everything that its processes need, and all that a sweep has to know about them. */
export interface RunFolder {
  readonly runId: string;
  readonly directory: string;
}

/** A run whose folder exists. */
export interface KnownRun extends RunFolder {
  /** The harness that made it. */
  readonly owner: ProcessIdentity | null;
  /** Whether that harness still runs; the run of a dead one is to be swept. */
  readonly alive: boolean;
  /** Whether it may have containers as well. */
  readonly hasContainers: boolean;
}

/** One line of processes.jsonl. */
interface ProcessRecord extends ProcessIdentity {
  readonly node: string;
}

/** Where runs live: `faultline-<uid>` in the system's folder for temporary files. */
export function runsRoot(): string {
  return join(tmpdir(), `faultline-${userInfo().uid}`);
}

/**
 * Makes the folder of a run, with its owner in it from the first moment on: it is made aside and then renamed.
 * @throws Problem `run-exists` or `unsafe-temporary-folder`.
 */
export function createRunFolder(runId: string, root: string = runsRoot()): RunFolder {
  makeRoot(root);
  const owner: ProcessIdentity = { pid: process.pid, startTime: startTimeOf(process.pid) ?? '' };
  const aside = join(root, asideName(owner, runId));
  const directory = join(root, runId);
  makeFolder(aside);
  makeFolder(join(aside, NODES_FOLDER));
  writeFileSync(join(aside, OWNER_FILE), `${JSON.stringify(owner)}\n`);
  try {
    renameSync(aside, directory);
  } catch (thrown) {
    rmSync(aside, { recursive: true, force: true });
    throw new Problem(`The folder ${directory} of a run with the same name exists already`, {
      code: 'run-exists',
      hint: 'Take another run id, or end that run: "npm run undo" sweeps it when it is dead.',
      cause: thrown,
    });
  }
  return { runId, directory };
}

/** Notes that the run has containers, before it has any: a sweep must then ask the engine too. */
export function recordContainers({ directory }: RunFolder): void {
  writeFileSync(join(directory, CONTAINERS_FILE), '');
}

/** Notes where the journal of a run is, which tells what was injected and not taken back. */
export function recordJournal(runId: string, journal: string): void {
  writeFileSync(join(runsRoot(), runId, JOURNAL_FILE), journal);
}

/** Null where none was noted: a target that was brought up by hand has none. */
export function readJournalPath({ directory }: RunFolder): string | null {
  try {
    return readFileSync(join(directory, JOURNAL_FILE), 'utf8');
  } catch {
    return null;
  }
}

/** Notes where the harness of a run takes orders to start and stop nodes. */
export function recordCloud(runId: string, address: Address): void {
  writeFileSync(join(runsRoot(), runId, CLOUD_FILE), JSON.stringify(address));
}

/** Null while the run has not come so far. */
export function readCloud({ directory }: RunFolder): Address | null {
  try {
    return JSON.parse(readFileSync(join(directory, CLOUD_FILE), 'utf8')) as Address;
  } catch {
    return null;
  }
}

/** Notes what a sweep must remove from a Toxiproxy server that is not ours, before it is there. */
export function recordForeignProxies({ directory }: RunFolder, proxies: ForeignProxies): void {
  writeFileSync(join(directory, PROXIES_FILE), JSON.stringify(proxies));
}

/** Null when the run has a server of its own, which ends with it. */
export function readForeignProxies({ directory }: RunFolder): ForeignProxies | null {
  try {
    return JSON.parse(readFileSync(join(directory, PROXIES_FILE), 'utf8')) as ForeignProxies;
  } catch {
    return null;
  }
}

/** Notes control groups that a sweep must remove, before they are there. */
export function recordControlGroups({ directory }: RunFolder, groups: readonly string[]): void {
  appendFileSync(join(directory, CONTROL_GROUPS_FILE), groups.map((group) => `${group}\n`).join(''));
}

export function readControlGroups({ directory }: RunFolder): string[] {
  try {
    return readFileSync(join(directory, CONTROL_GROUPS_FILE), 'utf8').split('\n').slice(0, -1);
  } catch {
    return [];
  }
}

/** Every run that has a folder, alive or dead. */
export async function listRuns(root: string = runsRoot()): Promise<KnownRun[]> {
  const names = await readdir(root).catch(() => []);
  return names.sort().map((name) => {
    const directory = join(root, name);
    const owner = ownerOfAside(name) ?? readOwner(directory);
    const hasContainers = existsSync(join(directory, CONTAINERS_FILE));
    return { runId: runIdOf(name), directory, owner, alive: owner !== null && isAlive(owner), hasContainers };
  });
}

/**
 * Notes a process as soon as it has a number. When the harness is killed before that, a sweep still finds the process
 * by its working directory.
 */
export function recordProcess({ directory }: RunFolder, node: string, { pid, startTime }: ProcessIdentity): void {
  const record: ProcessRecord = { node, pid, startTime };
  appendFileSync(join(directory, PROCESSES_FILE), `${JSON.stringify(record)}\n`);
}

/** The folder that a node, or the Toxiproxy server, works in. */
export function workingFolder({ directory }: RunFolder, node: string): string {
  return join(directory, NODES_FOLDER, node);
}

/** Makes a folder with just this mode, whatever the process's umask would take away. */
export function makeFolder(path: string, mode: number = FOLDER_MODE): void {
  mkdirSync(path, { recursive: true });
  chmodSync(path, mode);
}

/** All processes that were ever recorded; a torn last line is left out. */
export function readRecorded({ directory }: Pick<RunFolder, 'directory'>): ProcessIdentity[] {
  let text: string;
  try {
    text = readFileSync(join(directory, PROCESSES_FILE), 'utf8');
  } catch {
    return [];
  }
  return text.split('\n').flatMap((line) => {
    const { pid, startTime } = parseRecord(line);
    return pid === undefined || startTime === undefined ? [] : [{ pid, startTime }];
  });
}

const OWNER_FILE = 'owner.json';
const JOURNAL_FILE = 'journal-path';
const CLOUD_FILE = 'cloud.json';
const PROXIES_FILE = 'foreign-proxies.json';
const CONTAINERS_FILE = 'has-containers';
const CONTROL_GROUPS_FILE = 'control-groups';
const PROCESSES_FILE = 'processes.jsonl';
const NODES_FOLDER = 'nodes';
/** PostgreSQL runs as another user when the harness is root, and must be able to pass. */
const FOLDER_MODE = process.getuid?.() === 0 ? 0o755 : 0o700;

/** The name is predictable and the parent is everybody's: a folder that another user made first is not to be trusted. */
function makeRoot(root: string): void {
  mkdirSync(root, { recursive: true });
  const found = lstatSync(root);
  if (!found.isDirectory() || found.uid !== userInfo().uid) {
    throw new Problem(`Expected ${root} to be a folder of this user, but it belongs to user ${found.uid}`, {
      code: 'unsafe-temporary-folder',
      hint: 'Remove it, or set TMPDIR to a folder of your own.',
    });
  }
  chmodSync(root, FOLDER_MODE);
}

function asideName({ pid, startTime }: ProcessIdentity, runId: string): string {
  return `.new,${pid},${encodeURIComponent(startTime)},${runId}`;
}

function ownerOfAside(name: string): ProcessIdentity | null {
  const [mark, pid, startTime] = name.split(',');
  if (mark !== '.new' || startTime === undefined) return null;
  return { pid: Number(pid), startTime: decodeURIComponent(startTime) };
}

function runIdOf(name: string): string {
  return ownerOfAside(name) === null ? name : name.split(',').slice(3).join(',');
}

function readOwner(directory: string): ProcessIdentity | null {
  try {
    const { pid, startTime } = JSON.parse(readFileSync(join(directory, OWNER_FILE), 'utf8')) as ProcessIdentity;
    return { pid, startTime };
  } catch {
    return null;
  }
}

function parseRecord(line: string): Partial<ProcessRecord> {
  try {
    return JSON.parse(line) as ProcessRecord;
  } catch {
    return {};
  }
}
