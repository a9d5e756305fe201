import type {
  BlastRadius,
  Load,
  Objectives,
  ParameterDefinition,
  ParameterValue,
  PhaseLengths,
} from '../harness/index.ts';
import { DURABILITY_TERMS } from '../targets/photo-sharing/index.ts';

/** Where the primary database lives at bring-up; losing it costs a promotion, losing the other does not. */
const PRIMARY_ZONE = 'us-west';

/** Of the operations of both kinds of client, about. */
const WRITE_SHARE = 0.2;

/** A few hundred users do not split exactly as their subnets do. */
const CHANCE = 0.1;

/** What can be set of an experiment in which one datacenter is lost to the other. */
export function twoDataCenterParameters(what: { zone: string }): Record<string, ParameterDefinition> {
  return {
    zone: { summary: what.zone, default: PRIMARY_ZONE, choices: [PRIMARY_ZONE, 'us-east'] },
    durability: { summary: 'how writes are replicated', default: 'sync', choices: ['sync', 'async'] },
    shareEast: { summary: 'per cent of client subnets sent to us-east', default: 50, minimum: 0, maximum: 100 },
  };
}

/** What the site promises whatever it loses: how soon service is back, and that nothing acknowledged is lost. */
export function siteObjectives(durability: string): Objectives {
  const rpoTerms = DURABILITY_TERMS[durability];
  return {
    availability: 0.99,
    availabilityAfterFailover: 0.99,
    latencyP99Ms: 1000,
    rtoReadsMs: 10_000,
    rtoWritesMs: 10_000,
    rpoWrites: 0,
    ...(rpoTerms === undefined ? {} : { rpoTerms }),
    telemetryCompleteness: 0.95,
    redirectMs: 10_000,
  };
}

/** How long a cache may show what it did not hear the end of: the lifetime of an entry, of what may have been 6 s old. */
const STALENESS_MS = 36_000;

/**
 * What stage 7 promises when a datacenter is lost; a promotion may take longer. Asynchronous replication is held to that
 * as well: what it loses is measured and named, and a deviation.
 */
export function twoDataCenterObjectives(lostZone: string, durability = 'sync'): Objectives {
  const promised = { ...siteObjectives(durability), stalenessMs: STALENESS_MS };
  return lostZone === PRIMARY_ZONE ? { ...promised, rtoWritesMs: 20_000 } : promised;
}

/**
 * Who may feel it. Without the primary nobody can write until the promotion; without the other datacenter only those
 * are touched who were sent there, with a margin for chance.
 */
export function twoDataCenterBlastRadius({ zone, shareEast }: Readonly<Record<string, ParameterValue>>): BlastRadius {
  const lostShare = (zone === 'us-east' ? Number(shareEast) : 100 - Number(shareEast)) / 100;
  const redirected = Math.min(1, lostShare + CHANCE);
  if (zone !== PRIMARY_ZONE) return { users: redirected, operations: redirected };
  return { users: 1, operations: Math.min(1, redirected + WRITE_SHARE * (1 - lostShare)) };
}

/** Long enough to see a failover through and the return from it. */
export const FAILOVER_PHASES: PhaseLengths = {
  warmUpMs: 5000,
  steadyStateMs: 15_000,
  holdMs: 40_000,
  recoveryMs: 12_000,
  drainMs: 2000,
};

/** Users of two regions on web and mobile, arriving independently of how fast they are answered. */
export const TWO_REGION_LOAD: Load = {
  ratePerSecond: 150,
  arrivals: 'poisson',
  regions: { 'us-east': 0.5, 'us-west': 0.5 },
  clients: { web: 0.4, mobile: 0.6 },
  usersPerRegion: 200,
  inFlightMax: 400,
};
