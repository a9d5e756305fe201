import { didYouMean } from '../base/closest.ts';
import { EXIT_USAGE, Problem } from '../base/errors.ts';
import { dockerDriver } from './docker/docker-driver.ts';
import { findEngine } from './docker/engine.ts';
import type { Driver } from './driver.ts';
import { processDriver } from './process/process-driver.ts';

const DRIVERS: readonly Driver[] = [dockerDriver, processDriver];

export const DRIVER_NAMES: readonly Driver['name'][] = DRIVERS.map(({ name }) => name);

/**
 * The driver of that name; without one, containers where a Docker Engine answers, else processes.
 * @throws Problem `unknown-runtime` (exit code 4).
 */
export async function chooseDriver(name: string | undefined): Promise<Driver> {
  if (name === undefined) return (await findEngine()) === null ? processDriver : dockerDriver;
  const driver = DRIVERS.find((candidate) => candidate.name === name);
  if (driver !== undefined) return driver;
  throw new Problem(`There is no runtime "${name}"${didYouMean(name, DRIVER_NAMES)}`, {
    code: 'unknown-runtime',
    hint: `Runtimes: ${DRIVER_NAMES.join(', ')}.`,
    exitCode: EXIT_USAGE,
  });
}
