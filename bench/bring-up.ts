import { dockerDriver } from '../harness/runtime/docker/docker-driver.ts';
import { findEngine } from '../harness/runtime/docker/engine.ts';
import { processDriver } from '../harness/runtime/process/process-driver.ts';
import { ComposeBench } from './bring-up/compose.ts';
import { DriverBench } from './bring-up/driver.ts';
import type { BringUpVariant } from './bring-up/variant.ts';
import { summarize } from './statistics.ts';

/**
 * How long the two-datacenter target takes from nothing to ready and to be gone again, how long a zone outage takes, and
 * what the target costs: each driver, and Compose where it is installed, in turn.
 */
export async function bench([count = '5']: string[]): Promise<void> {
  const variants = await usableVariants();
  const measured = new Map<string, number[]>();
  for (let round = 1; round <= Number(count); round += 1) {
    for (const variant of variants) {
      const figures = await variant.round();
      for (const [what, value] of Object.entries(figures)) {
        const key = `${variant.name.padEnd(16)} ${what}`;
        measured.set(key, [...(measured.get(key) ?? []), value]);
      }
      process.stdout.write(`round ${round}, ${variant.name}: up after ${figures['bring-up, s']?.toFixed(1)} s\n`);
    }
  }
  process.stdout.write('\n');
  for (const [key, values] of measured) process.stdout.write(`${key.padEnd(58)} ${summarize(values)}\n`);
}

async function usableVariants(): Promise<BringUpVariant[]> {
  const engine = await findEngine();
  if (engine === null) return [new DriverBench(processDriver)];
  const compose = await ComposeBench.find(engine.api);
  return [new DriverBench(processDriver), new DriverBench(dockerDriver), ...(compose === null ? [] : [compose])];
}
