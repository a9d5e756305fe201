import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../../base/errors.ts';
import { pollUntil } from '../../../base/poll.ts';
import type { ResourceLimits, ResourceState } from '../../../model/resource-control.ts';
import type { Program } from '../../../model/topology.ts';
import { CONTROL_GROUPS, type ControlGroupPath, controlGroupOf } from '../../control-group-path.ts';

type Places = Readonly<Record<'cpu' | 'memory', ControlGroupPath>>;

const REMOVAL_TIMEOUT_MS = 5000;
const PERIOD_US = 100_000;
/** Version 1 says "no limit" by a number of this size. */
const NO_LIMIT_BYTES = 2 ** 62;

/**
 * A control group of this machine for all processes of one node, from their first moment on: a process that is started
 * is in the group of the one that starts it. Of version 1 it is one directory for each controller, of version 2 one.
 */
export class ControlGroup {
  readonly #places: Places;

  private constructor(places: Places) {
    this.#places = places;
  }

  /** `record` is told the directories before they are made, so that a sweep finds them. */
  static create(name: string, record: (directories: readonly string[]) => void): ControlGroup {
    const { cpu, memory } = findParents();
    const below = (parent: ControlGroupPath) => ({ ...parent, directory: join(parent.directory, name) });
    const group = new ControlGroup({ cpu: below(cpu), memory: below(memory) });
    record(group.directories);
    for (const directory of group.directories) mkdirSync(directory);
    return group;
  }

  get directories(): readonly string[] {
    return [...new Set(Object.values(this.#places).map(({ directory }) => directory))];
  }

  /** The program, which joins the group before it runs. */
  around({ executable, arguments: args, ...rest }: Program): Program {
    const joins = this.directories.map((_, index) => `echo $$ >"$${index + 1}/cgroup.procs"`);
    const script = [...joins, `shift ${joins.length}`, 'exec "$@"'].join(' && ');
    return {
      ...rest,
      executable: '/bin/sh',
      arguments: ['-c', script, 'sh', ...this.directories, executable, ...args],
    };
  }

  /** Null: no limit. @throws what the kernel says: of version 1, that more memory is in use than the limit would be. */
  limit({ cpus, memoryMebibytes }: ResourceLimits): void {
    if (cpus !== undefined) limitCpu(this.#places.cpu, cpus);
    if (memoryMebibytes !== undefined) limitMemory(this.#places.memory, memoryMebibytes);
  }
}

/** Why no control groups can be made here; null when they can. */
export function controlGroupRefusal(): string | null {
  const made: string[] = [];
  try {
    ControlGroup.create(`faultline-trial-${process.pid}`, (directories) => made.push(...directories));
    return null;
  } catch (thrown) {
    return `limits of processes need control groups that may be made here, on Linux as root: ${messageOf(thrown)}`;
  } finally {
    for (const directory of made) if (existsSync(directory)) rmdirSync(directory);
  }
}

/** Removes groups that have no processes any more; fine when they are gone already. */
export async function removeControlGroups(directories: readonly string[]): Promise<void> {
  for (const directory of directories) {
    // A process that has just ended is a member until its parent has noticed.
    await pollUntil<void>(
      () => {
        if (existsSync(directory)) rmdirSync(directory);
        return { done: true, value: undefined };
      },
      { subject: `the control group ${directory} to be empty`, timeoutMs: REMOVAL_TIMEOUT_MS },
    );
  }
}

/**
 * What the group that a process of this machine is in tells.
 * @throws when the process is gone.
 */
export function controlGroupState(pid: number): ResourceState {
  const memory = controlGroupOf(pid, 'memory');
  const limit = read(memory, memory.version === 1 ? 'memory.limit_in_bytes' : 'memory.max').trim();
  const noLimit = limit === 'max' || Number(limit) >= NO_LIMIT_BYTES;
  const throttled = /^nr_throttled (\d+)/m.exec(read(controlGroupOf(pid, 'cpu'), 'cpu.stat'))?.[1];
  return { memoryLimitBytes: noLimit ? null : Number(limit), throttledPeriods: Number(throttled ?? 0) };
}

function limitCpu(place: ControlGroupPath, cpus: number | null): void {
  const quotaUs = cpus === null ? null : Math.round(cpus * PERIOD_US);
  if (place.version === 2) {
    write(place, 'cpu.max', `${quotaUs ?? 'max'} ${PERIOD_US}`);
    return;
  }
  write(place, 'cpu.cfs_period_us', PERIOD_US);
  write(place, 'cpu.cfs_quota_us', quotaUs ?? -1);
}

/** Swap counts as memory, or the limit would only make the node slow. */
function limitMemory(place: ControlGroupPath, mebibytes: number | null): void {
  const bytes = mebibytes === null ? null : mebibytes * 2 ** 20;
  if (place.version === 2) {
    write(place, 'memory.swap.max', bytes === null ? 'max' : 0);
    write(place, 'memory.max', bytes ?? 'max');
    return;
  }
  const withSwap = 'memory.memsw.limit_in_bytes';
  const countsSwap = existsSync(join(place.directory, withSwap));
  // Memory with swap may never be less than memory alone.
  if (countsSwap) write(place, withSwap, -1);
  write(place, 'memory.limit_in_bytes', bytes ?? -1);
  if (countsSwap && bytes !== null) write(place, withSwap, bytes);
}

/**
 * Where new groups are made: of version 1 below those that the harness is in; of version 2 below the root, the only
 * group that may have processes beside groups that are controlled.
 */
function findParents(): Places {
  const own = { cpu: controlGroupOf('self', 'cpu'), memory: controlGroupOf('self', 'memory') };
  if (own.memory.version === 1) return own;
  const root = { version: 2, directory: CONTROL_GROUPS } as const;
  write(root, 'cgroup.subtree_control', '+cpu +memory');
  return { cpu: root, memory: root };
}

function read({ directory }: ControlGroupPath, file: string): string {
  return readFileSync(join(directory, file), 'utf8');
}

function write({ directory }: ControlGroupPath, file: string, value: string | number): void {
  writeFileSync(join(directory, file), String(value));
}
