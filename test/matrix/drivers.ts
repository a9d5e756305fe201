import { findEngine } from '../../harness/runtime/docker/engine.ts';

/** What `--runtime` accepts: every case of the matrix is tried on each of them. */
export const DRIVERS = ['process', 'docker'] as const;
export type Driver = (typeof DRIVERS)[number];

/** Those that can work on this machine. */
export async function usableDrivers(): Promise<readonly Driver[]> {
  return (await findEngine()) === null ? ['process'] : DRIVERS;
}

/** Where a case is tried. */
export interface Surroundings {
  readonly driver: Driver;
  /** Aborted by Ctrl-C: the run that is going on is then ended like one at the command line. */
  readonly signal?: AbortSignal;
}
