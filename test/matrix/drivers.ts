/** What `--runtime` accepts: every case of the matrix is tried on each of them. */
export const DRIVERS = ['process'] as const;
export type Driver = (typeof DRIVERS)[number];

/** Where a case is tried. */
export interface Surroundings {
  readonly driver: Driver;
  /** Aborted by Ctrl-C: the run that is going on is then ended like one at the command line. */
  readonly signal?: AbortSignal;
}
