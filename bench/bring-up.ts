import type { Target } from '../harness/model/experiment.ts';
import { dockerDriver } from '../harness/runtime/docker/docker-driver.ts';
import { findEngine } from '../harness/runtime/docker/engine.ts';
import { processDriver } from '../harness/runtime/process/process-driver.ts';
import { STAGES, stage7 } from '../targets/photo-sharing/index.ts';
import { ComposeBench } from './bring-up/compose.ts';
import { DriverBench } from './bring-up/driver.ts';
import type { BringUpVariant } from './bring-up/variant.ts';
import { summarize } from './statistics.ts';

/**
 * `npm run bench bring-up [ROUNDS] [STAGE ...]`: how long targets take from nothing to ready and to be gone again, how
 * long a zone outage takes, and what they cost: on each driver in turn, and for stage 7, which is taken when none is
 * named, with Compose where it is installed.
 */
export async function bench([count = '5', ...stages]: string[]): Promise<void> {
  const variants = await usableVariants(stages.length === 0 ? [stage7] : stages.map(stageOf));
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

async function usableVariants(targets: readonly Target[]): Promise<BringUpVariant[]> {
  const engine = await findEngine();
  const drivers = engine === null ? [processDriver] : [processDriver, dockerDriver];
  const compose = engine === null || !targets.includes(stage7) ? null : await ComposeBench.find(engine.api);
  return [
    ...targets.flatMap((target) => drivers.map((driver) => new DriverBench(driver, target))),
    ...(compose === null ? [] : [compose]),
  ];
}

function stageOf(name: string): Target {
  const found = STAGES.find((stage) => stage.name === name);
  if (found === undefined)
    throw new Error(`Expected one of ${STAGES.map((stage) => stage.name).join(', ')}, got "${name}"`);
  return found;
}
