import type { Load, Objectives } from '../harness/index.ts';

/** Where the primary database lives at bring-up; losing it costs a promotion, losing the other does not. */
const PRIMARY_ZONE = 'us-west';

/** What stage 7 promises when a datacenter is lost: nothing acknowledged is lost, and how soon service is back. */
export function twoDataCenterObjectives(lostZone: string): Objectives {
  return {
    availability: 0.99,
    availabilityAfterFailover: 0.99,
    latencyP99Ms: 1000,
    rtoReadsMs: 10_000,
    rtoWritesMs: lostZone === PRIMARY_ZONE ? 20_000 : 10_000,
    rpoWrites: 0,
    telemetryCompleteness: 0.95,
    redirectMs: 10_000,
  };
}

/** Users of two regions on web and mobile, arriving independently of how fast they are answered. */
export const TWO_REGION_LOAD: Load = {
  ratePerSecond: 150,
  arrivals: 'poisson',
  regions: { 'us-east': 0.5, 'us-west': 0.5 },
  clients: { web: 0.4, mobile: 0.6 },
  usersPerRegion: 200,
  inFlightMax: 400,
};
