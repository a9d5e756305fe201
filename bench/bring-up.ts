import { withTargetUp } from '../harness/run/up.ts';
import { processDriver } from '../harness/runtime/process/process-driver.ts';
import { twoDataCenters } from '../targets/photo-sharing/index.ts';
import { summarize } from './statistics.ts';

/** How long the two-datacenter target takes from nothing to ready, how long to be gone again, and what it costs. */
export async function bench([count = '5']: string[]): Promise<void> {
  const upSeconds: number[] = [];
  const downSeconds: number[] = [];
  const memoryMebibytes: number[] = [];
  for (let round = 0; round < Number(count); round += 1) {
    const begunMs = performance.now();
    let readyMs = 0;
    let leftMs = 0;
    const options = {
      driver: processDriver,
      toxiproxy: undefined,
      target: twoDataCenters,
      choices: { parameters: {} },
      onNodeReady: () => undefined,
      onProgress: () => undefined,
      signal: new AbortController().signal,
    };
    await withTargetUp(options, async (running) => {
      readyMs = performance.now();
      const usages = await Promise.all(running.topology.nodes.map(({ name }) => running.measure(name)));
      memoryMebibytes.push(usages.reduce((sum, { memoryBytes }) => sum + (memoryBytes ?? 0), 0) / 1024 ** 2);
      leftMs = performance.now();
    });
    upSeconds.push((readyMs - begunMs) / 1000);
    downSeconds.push((performance.now() - leftMs) / 1000);
    process.stdout.write(`round ${round + 1}: up after ${upSeconds.at(-1)?.toFixed(1)} s\n`);
  }
  process.stdout.write(`\nbring-up   ${summarize(upSeconds, 's')}\n`);
  process.stdout.write(`tear-down  ${summarize(downSeconds, 's')}\n`);
  process.stdout.write(`memory     ${summarize(memoryMebibytes, 'MiB')}, all nodes together\n`);
}
