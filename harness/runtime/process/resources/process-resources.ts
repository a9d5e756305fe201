import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pollUntil } from '../../../base/poll.ts';
import type { ResourceControl, ResourceLimits, ResourceState } from '../../../model/resource-control.ts';
import { BURNING_FILE, burnScript } from '../../burners.ts';
import { CLEAR_SCRIPT, FILL_SCRIPT } from '../../disk-filler.ts';
import { CLOCK_FILE, clockSetting } from '../../fake-clock.ts';
import { nodeNamed } from '../../known-nodes.ts';
import { limitRefused } from '../../limit-refused.ts';
import { listProcesses, processesOf } from '../../process-table.ts';
import type { TargetNode } from '../target-node.ts';
import { type ControlGroup, controlGroupState } from './control-group.ts';
import { freeBytesIn } from './data-disk.ts';

const run = promisify(execFile);
const BURNING_TIMEOUT_MS = 10_000;

/** What processes of this machine have of it, node by node. */
export class ProcessResources implements ResourceControl {
  readonly #nodes: ReadonlyMap<string, TargetNode>;
  readonly #burners = new Map<string, ChildProcess>();

  constructor(nodes: readonly TargetNode[]) {
    this.#nodes = new Map(nodes.map((node) => [node.definition.name, node]));
  }

  async limit(nodes: readonly string[], { cpus, memoryMebibytes }: ResourceLimits): Promise<void> {
    for (const name of nodes) {
      const { limits: usual = {} } = this.#node(name).definition;
      try {
        this.#controlGroup(name).limit({
          ...(cpus !== undefined && { cpus: cpus ?? usual.cpus ?? null }),
          ...(memoryMebibytes !== undefined && { memoryMebibytes: memoryMebibytes ?? usual.memoryMebibytes ?? null }),
        });
      } catch (thrown) {
        throw limitRefused(name, thrown);
      }
    }
  }

  /** They work in the node's directory, which makes them the node's. */
  async burn(nodes: readonly string[], count: number): Promise<void> {
    for (const name of nodes) {
      const { directory } = this.#node(name).process;
      const shell = { executable: '/bin/sh', arguments: ['-c', burnScript(count)], environment: {}, files: {} };
      const { executable, arguments: args } = this.#controlGroup(name).around(shell);
      this.#burners.set(name, spawn(executable, args, { cwd: directory, env: {}, stdio: 'ignore', detached: true }));
      await pollUntil<void>(
        () =>
          existsSync(join(directory, BURNING_FILE))
            ? { done: true, value: undefined }
            : { done: false, seen: 'they do not burn yet' },
        { subject: `the burners of ${name} to join its control group`, timeoutMs: BURNING_TIMEOUT_MS, intervalMs: 10 },
      );
    }
  }

  async stopBurning(nodes: readonly string[]): Promise<void> {
    for (const name of nodes) {
      rmSync(join(this.#node(name).process.directory, BURNING_FILE), { force: true });
      const burner = this.#burners.get(name);
      if (burner !== undefined && burner.exitCode === null && burner.signalCode === null) await once(burner, 'exit');
      this.#burners.delete(name);
    }
  }

  async fillDisk(nodes: readonly string[]): Promise<void> {
    await Promise.all(nodes.map((name) => this.#shell(name, FILL_SCRIPT)));
  }

  async clearDisk(nodes: readonly string[]): Promise<void> {
    await Promise.all(nodes.map((name) => this.#shell(name, CLEAR_SCRIPT)));
  }

  async freeDiskBytes(name: string): Promise<number> {
    return await freeBytesIn(this.#node(name).process.directory);
  }

  async skewClock(nodes: readonly string[], skewMs: number): Promise<void> {
    for (const name of nodes) writeFileSync(join(this.#node(name).process.directory, CLOCK_FILE), clockSetting(skewMs));
  }

  /** Of the groups that the node's processes really are in, the loosest. */
  async look(name: string): Promise<ResourceState | null> {
    const members = processesOf(await listProcesses(), this.#node(name).process.group);
    const states = members.flatMap(({ pid }) => stateOf(pid));
    if (states.length === 0) return null;
    const limits = states.map(({ memoryLimitBytes }) => memoryLimitBytes ?? Number.POSITIVE_INFINITY);
    const loosest = Math.max(...limits);
    return {
      memoryLimitBytes: Number.isFinite(loosest) ? loosest : null,
      throttledPeriods: Math.min(...states.map(({ throttledPeriods }) => throttledPeriods)),
    };
  }

  async #shell(name: string, script: string): Promise<void> {
    await run('/bin/sh', ['-c', script], { cwd: this.#node(name).process.directory });
  }

  #controlGroup(name: string): ControlGroup {
    const { controlGroup } = this.#node(name);
    if (controlGroup === undefined) throw new Error(`${name} was not prepared for limits`);
    return controlGroup;
  }

  #node(name: string): TargetNode {
    return nodeNamed(this.#nodes, name);
  }
}

/** Nothing of a process that has just ended. */
function stateOf(pid: number): ResourceState[] {
  try {
    return [controlGroupState(pid)];
  } catch {
    return [];
  }
}
