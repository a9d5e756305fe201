import {
  type Experiment,
  type Load,
  type Objectives,
  type ParameterDefinition,
  type PhaseLengths,
  standardChecks,
  type Weakness,
} from '../harness/index.ts';
import { DURABILITY_TERMS } from '../targets/photo-sharing/index.ts';

/** What a claim about one site is made of; all such claims are put to the test in the same way. */
export type OneSiteClaim = Pick<
  Experiment,
  'name' | 'title' | 'description' | 'target' | 'otherTargets' | 'weaknesses' | 'faults'
> & {
  /** Writes are back within this; reads within ten seconds. */
  readonly rtoWritesMs?: number;
  /** How writes are replicated unless the user says otherwise. */
  readonly durability?: 'sync' | 'async';
};

/** Of every stage that has not moved sessions out of its web servers. */
export const LOGGED_OUT: Weakness = {
  checks: ['sessions'],
  because: 'sessions live in the memory of the web server, and are lost with it',
};

const PHASES: PhaseLengths = {
  warmUpMs: 4000,
  steadyStateMs: 10_000,
  holdMs: 26_000,
  recoveryMs: 8000,
  drainMs: 2000,
};

/** Users of two regions on web and mobile; less than the smallest stage can bear. */
const LOAD: Load = {
  ratePerSecond: 100,
  arrivals: 'poisson',
  regions: { 'us-east': 0.5, 'us-west': 0.5 },
  clients: { web: 0.4, mobile: 0.6 },
  usersPerRegion: 100,
  inFlightMax: 200,
};

/** An experiment on one part of a site: whatever fails, service is back within seconds and nothing is lost. */
export function onOneSite({ rtoWritesMs = 10_000, durability = 'sync', ...claim }: OneSiteClaim): Experiment {
  const ways: ParameterDefinition = {
    summary: 'how writes are replicated, where they are',
    default: durability,
    choices: ['sync', 'async'],
  };
  return {
    ...claim,
    parameters: { durability: ways },
    seed: 7,
    load: LOAD,
    phases: PHASES,
    objectives: (parameters) => objectives(String(parameters.durability), rtoWritesMs),
    isolatedZone: () => null,
    checks: standardChecks(),
  };
}

/** What a standby may be behind and still serve reads, and a second for what is on its way. */
const STALENESS_MS = 6000;

function objectives(durability: string, rtoWritesMs: number): Objectives {
  const rpoTerms = DURABILITY_TERMS[durability];
  return {
    availability: 0.99,
    availabilityAfterFailover: 0.99,
    latencyP99Ms: 1000,
    rtoReadsMs: 10_000,
    rtoWritesMs,
    rpoWrites: 0,
    stalenessMs: STALENESS_MS,
    ...(rpoTerms === undefined ? {} : { rpoTerms }),
    telemetryCompleteness: 0.95,
    redirectMs: 10_000,
  };
}
