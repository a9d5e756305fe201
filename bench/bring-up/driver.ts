import { zoneOutage } from '../../harness/faults/node/zone-outage.ts';
import type { Target } from '../../harness/model/experiment.ts';
import { CUT } from '../../harness/model/running-target.ts';
import { recordTopology } from '../../harness/model/topology.ts';
import { withTargetUp } from '../../harness/run/up.ts';
import type { Driver } from '../../harness/runtime/driver.ts';
import type { BringUpVariant } from './variant.ts';

/** A target on a driver of the harness. The image, where there is one, is built before the clock starts. */
export class DriverBench implements BringUpVariant {
  readonly name: string;
  readonly #driver: Driver;
  readonly #target: Target;

  constructor(driver: Driver, target: Target) {
    this.name = `${driver.name} ${target.name}`;
    this.#driver = driver;
    this.#target = target;
  }

  async round(): Promise<Record<string, number>> {
    const signal = new AbortController().signal;
    await this.#driver.prepare({
      image: this.#target.image,
      toxiproxy: undefined,
      onProgress: () => undefined,
      signal,
    });
    const figures: Record<string, number> = {};
    const begunMs = performance.now();
    let leftMs = 0;
    const options = {
      driver: this.#driver,
      toxiproxy: undefined,
      target: this.#target,
      choices: { parameters: {} },
      onNodeReady: () => undefined,
      onCloudAction: () => undefined,
      onProgress: () => undefined,
      signal,
    };
    await withTargetUp(options, async (running) => {
      figures['bring-up, s'] = (performance.now() - begunMs) / 1000;
      const usages = await Promise.all(running.topology.nodes.map(({ name }) => running.measure(name)));
      figures['memory of all nodes, MiB'] = sum(usages.map(({ memoryBytes }) => memoryBytes ?? 0)) / 1024 ** 2;
      const { nodes, edges } = zoneOutage({ zone: 'us-west' }).scope(recordTopology(running.topology));
      const cut = await running.network.forFault('bench').impair(edges, CUT);
      const killed = await running.kill(nodes);
      const cutMs = cut.map(({ atMs }) => atMs);
      figures['zone outage: first to last edge cut, ms'] = Math.max(...cutMs) - Math.min(...cutMs);
      const goneMs = killed.map(({ goneAtMs }) => goneAtMs);
      figures['zone outage: first to last node dead, ms'] = Math.max(...goneMs) - Math.min(...goneMs);
      figures['zone outage: whole, ms'] = Math.max(...goneMs) - Math.min(...cutMs);
      leftMs = performance.now();
    });
    figures['clean-up, s'] = (performance.now() - leftMs) / 1000;
    return figures;
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
