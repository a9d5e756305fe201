/** A parameter's value, as `--set` gives it. */
export type ParameterValue = string | number | boolean;

/** Open-loop load: arrivals do not wait for answers. */
export interface Load {
  /** Operations per second over all regions. */
  readonly ratePerSecond: number;
  readonly arrivals: 'constant' | 'poisson';
  /** Share of each region, summing to 1. */
  readonly regions: Readonly<Record<string, number>>;
  /** Share of each kind of client, summing to 1. */
  readonly clients: Readonly<Record<'web' | 'mobile', number>>;
  readonly usersPerRegion: number;
  readonly inFlightMax: number;
  /** Share of the operations before which their user logs in anew, as somebody who comes back does; default 0. */
  readonly newSessionShare?: number;
}

/** All in milliseconds. `recovery` lasts at least this long after the target says it is whole again. */
export interface PhaseLengths {
  readonly warmUpMs: number;
  readonly steadyStateMs: number;
  readonly holdMs: number;
  readonly recoveryMs: number;
  readonly drainMs: number;
}
