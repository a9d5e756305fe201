import type { BlastRadius, Load, Objectives, ParameterDefinition, PhaseLengths } from '../harness/index.ts';
import { DURABILITY_TERMS } from '../targets/photo-sharing/index.ts';

/** Where the primary database lives at bring-up; losing it costs a promotion, losing the other does not. */
const PRIMARY_ZONE = 'us-west';

/** What can be set of an experiment in which one datacenter is lost to the other. */
export function twoDataCenterParameters(what: { zone: string }): Record<string, ParameterDefinition> {
  return {
    zone: { summary: what.zone, default: PRIMARY_ZONE, choices: [PRIMARY_ZONE, 'us-east'] },
    durability: { summary: 'how writes are replicated', default: 'sync', choices: ['sync', 'async'] },
    shareEast: { summary: 'per cent of client subnets sent to us-east', default: 50, minimum: 0, maximum: 100 },
  };
}

/**
 * What stage 7 promises when a datacenter is lost: how soon service is back, and that nothing acknowledged is lost.
 * Asynchronous replication is held to that as well: what it loses is measured and named, and a deviation.
 */
export function twoDataCenterObjectives(lostZone: string, durability = 'sync'): Objectives {
  const rpoTerms = DURABILITY_TERMS[durability];
  return {
    availability: 0.99,
    availabilityAfterFailover: 0.99,
    latencyP99Ms: 1000,
    rtoReadsMs: 10_000,
    rtoWritesMs: lostZone === PRIMARY_ZONE ? 20_000 : 10_000,
    rpoWrites: 0,
    ...(rpoTerms === undefined ? {} : { rpoTerms }),
    telemetryCompleteness: 0.95,
    redirectMs: 10_000,
  };
}

/**
 * Who may feel it. With the primary everybody's writes stop until the promotion; without it only the users of the lost
 * datacenter are redirected. The longest outage that the objectives allow, within a hold of forty seconds, and no more.
 */
export function twoDataCenterBlastRadius(lostZone: string): BlastRadius {
  return lostZone === PRIMARY_ZONE ? { users: 1, operations: 0.25 } : { users: 0.6, operations: 0.15 };
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
