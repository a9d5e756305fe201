import type Docker from 'dockerode';
import { pollUntil } from '../../../base/poll.ts';
import type { ResourceControl, ResourceLimits, ResourceState } from '../../../model/resource-control.ts';
import type { NodeDefinition } from '../../../model/topology.ts';
import { BURNING_FILE, burnScript } from '../../burners.ts';
import { CLEAR_SCRIPT, FILL_SCRIPT } from '../../disk-filler.ts';
import { CLOCK_FILE, clockSetting } from '../../fake-clock.ts';
import { nodeNamed } from '../../known-nodes.ts';
import { limitRefused } from '../../limit-refused.ts';
import { limitsIn, type NodeContainer } from '../container.ts';
import { engineStatus } from '../engine.ts';
import { runIn } from '../run-in.ts';
import type { DataDisks } from './data-disks.ts';

const END_TIMEOUT_MS = 10_000;

/** What containers have of the engine's machine, node by node. */
export class ContainerResources implements ResourceControl {
  readonly #definitions: ReadonlyMap<string, NodeDefinition>;
  readonly #containers: ReadonlyMap<string, NodeContainer>;
  readonly #disks: DataDisks;
  readonly #burners = new Map<string, Docker.Exec>();

  constructor(
    nodes: readonly NodeDefinition[],
    { containers, disks }: { containers: ReadonlyMap<string, NodeContainer>; disks: DataDisks },
  ) {
    this.#definitions = new Map(nodes.map((node) => [node.name, node]));
    this.#containers = containers;
    this.#disks = disks;
  }

  /** The engine keeps them for the container's later starts, too. */
  async limit(nodes: readonly string[], { cpus, memoryMebibytes }: ResourceLimits): Promise<void> {
    await Promise.all(
      nodes.map(async (name) => {
        const { limits: usual = {} } = nodeNamed(this.#definitions, name);
        const changed = limitsIn({
          ...(cpus !== undefined && { cpus: cpus ?? usual.cpus ?? null }),
          ...(memoryMebibytes !== undefined && { memoryMebibytes: memoryMebibytes ?? usual.memoryMebibytes ?? null }),
        });
        await this.#container(name)
          .api.update(changed)
          .catch((thrown) => {
            throw limitRefused(name, thrown);
          });
      }),
    );
  }

  async burn(nodes: readonly string[], count: number): Promise<void> {
    await Promise.all(
      nodes.map(async (name) => {
        const execution = await this.#container(name).api.exec({ Cmd: ['sh', '-c', burnScript(count)] });
        this.#burners.set(name, execution);
        (await execution.start({ Detach: true })).destroy();
      }),
    );
  }

  async stopBurning(nodes: readonly string[]): Promise<void> {
    await Promise.all(
      nodes.map(async (name) => {
        const container = this.#container(name);
        const execution = this.#burners.get(name);
        if (execution === undefined) return;
        if (container.running) await runIn(container.api, `rm -f ${BURNING_FILE}`);
        await pollUntil<void>(
          async () => ((await runs(execution)) ? { done: false, seen: 'they run' } : { done: true, value: undefined }),
          { subject: `the burners of ${name} to end`, timeoutMs: END_TIMEOUT_MS },
        );
        this.#burners.delete(name);
      }),
    );
  }

  async fillDisk(nodes: readonly string[]): Promise<void> {
    await Promise.all(nodes.map((name) => this.#disks.run(name, FILL_SCRIPT)));
  }

  async clearDisk(nodes: readonly string[]): Promise<void> {
    await Promise.all(nodes.map((name) => this.#disks.run(name, CLEAR_SCRIPT)));
  }

  async freeDiskBytes(name: string): Promise<number> {
    const [blocks, size] = (await this.#disks.run(name, "stat -f -c '%a %S' .")).split(' ');
    return Number(blocks) * Number(size);
  }

  async skewClock(nodes: readonly string[], skewMs: number): Promise<void> {
    await Promise.all(nodes.map((name) => this.#container(name).write({ [CLOCK_FILE]: clockSetting(skewMs) })));
  }

  /** The engine reads it from the kernel, whatever it was asked to set. */
  async look(name: string): Promise<ResourceState | null> {
    const container = this.#container(name);
    if (!container.running) return null;
    const { memory_stats: memory, cpu_stats: cpu } = await container.api.stats({ stream: false, 'one-shot': true });
    if (memory?.limit === undefined) return null;
    return {
      memoryLimitBytes: memory.limit,
      throttledPeriods: cpu.throttling_data.throttled_periods,
    };
  }

  #container(name: string): NodeContainer {
    return nodeNamed(this.#containers, name);
  }
}

/** Of a container that was started again the engine may have forgotten what ran in it before. */
async function runs(execution: Docker.Exec): Promise<boolean> {
  try {
    return (await execution.inspect()).Running;
  } catch (thrown) {
    if (engineStatus(thrown) === 404) return false;
    throw thrown;
  }
}
