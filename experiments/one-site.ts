import {
  type Check,
  type Experiment,
  type Load,
  type Objectives,
  type ParameterDefinition,
  type PhaseLengths,
  standardChecks,
  type Weakness,
} from '../harness/index.ts';
import { siteObjectives, TWO_REGION_LOAD } from './two-data-centers.ts';

/** What a claim about one site is made of; all such claims are put to the test in the same way. */
export type OneSiteClaim = Pick<
  Experiment,
  'name' | 'title' | 'description' | 'target' | 'otherTargets' | 'weaknesses' | 'faults'
> & {
  /** Writes are back within this; reads within ten seconds. */
  readonly rtoWritesMs?: number;
  /** How writes are replicated unless the user says otherwise. */
  readonly durability?: 'sync' | 'async';
  /** Besides how writes are replicated. */
  readonly parameters?: Experiment['parameters'];
  /** Besides the standard ones. */
  readonly checks?: readonly Check[];
};

const IN_MEMORY: Weakness = {
  checks: ['sessions'],
  because: 'sessions live in the memory of the web server, and are lost with it',
};

/** Of the stages that have more than one web server, and have not moved sessions out of them. */
export const LOGGED_OUT: Readonly<Record<string, Weakness>> = {
  'stage-3': IN_MEMORY,
  'stage-4': IN_MEMORY,
  'stage-5': IN_MEMORY,
};

const PHASES: PhaseLengths = {
  warmUpMs: 4000,
  steadyStateMs: 10_000,
  holdMs: 26_000,
  recoveryMs: 8000,
  drainMs: 2000,
};

/** Less than the smallest stage can bear. */
const LOAD: Load = { ...TWO_REGION_LOAD, ratePerSecond: 100, usersPerRegion: 100, inFlightMax: 200 };

/** An experiment on one part of a site: whatever fails, service is back within seconds and nothing is lost. */
export function onOneSite(oneSite: OneSiteClaim): Experiment {
  const { rtoWritesMs = 10_000, durability = 'sync', parameters = {}, checks = [], ...claim } = oneSite;
  const ways: ParameterDefinition = {
    summary: 'how writes are replicated, where they are',
    default: durability,
    choices: ['sync', 'async'],
  };
  return {
    ...claim,
    parameters: { durability: ways, ...parameters },
    seed: 7,
    load: LOAD,
    phases: PHASES,
    objectives: ({ durability }) => objectives(String(durability), rtoWritesMs),
    isolatedZone: () => null,
    checks: [...standardChecks(), ...checks],
  };
}

/** What a standby may be behind and still serve reads, and a second for what is on its way. */
const STALENESS_MS = 6000;

function objectives(durability: string, rtoWritesMs: number): Objectives {
  return { ...siteObjectives(durability), rtoWritesMs, stalenessMs: STALENESS_MS };
}
