import type Docker from 'dockerode';
import type { ResourceUsage } from '../../model/running-target.ts';
import { UsageTotals } from '../usage-totals.ts';
import type { NodeContainer } from './container.ts';
import { controlGroupCpuSeconds } from './control-group.ts';

/** What a container has used since it was first started, as the engine counts it. */
export class ContainerMeter {
  readonly #totals = new UsageTotals();

  /** Memory is what is in use now, without file pages that could be given back; 0 when the container does not run. */
  async read(container: NodeContainer): Promise<ResourceUsage> {
    const memoryBytes = container.running ? await this.note(container) : 0;
    return { ...this.#totals.value, memoryBytes };
  }

  /** Remembers the totals up to now; gives the memory in use. */
  async note({ api }: NodeContainer): Promise<number | null> {
    const stats = await api.stats({ stream: false, 'one-shot': true });
    this.#totals.note({
      cpuSeconds: (stats.cpu_stats?.cpu_usage?.total_usage ?? 0) / 1e9,
      readBytes: bytesOf(stats, 'read'),
      writtenBytes: bytesOf(stats, 'write'),
    });
    const { usage, stats: pages } = stats.memory_stats ?? {};
    if (usage === undefined) return null;
    // The names of control groups v1 and v2.
    return usage - (pages?.total_inactive_file ?? pages?.inactive_file ?? 0);
  }

  /** Remembers the CPU time up to now, where that takes no question to the engine: right before the container is killed. */
  noteFromHere({ pid }: NodeContainer): void {
    const cpuSeconds = pid === null ? null : controlGroupCpuSeconds(pid);
    if (cpuSeconds !== null) this.#totals.note({ cpuSeconds, readBytes: 0, writtenBytes: 0 });
  }

  restart(): void {
    this.#totals.restart();
  }
}

/** The most memory that the container ever had, where the engine tells (control groups v1), else what it has now. */
export async function peakMemoryBytesOf({ api }: NodeContainer): Promise<number | null> {
  const { memory_stats: memory } = await api.stats({ stream: false, 'one-shot': true });
  return memory?.max_usage ?? memory?.usage ?? null;
}

function bytesOf(stats: Docker.ContainerStats, operation: 'read' | 'write'): number {
  const entries = stats.blkio_stats?.io_service_bytes_recursive ?? [];
  return entries
    .filter(({ op }) => op.toLowerCase() === operation)
    .reduce((sum: number, { value }: { value: number }) => sum + value, 0);
}
