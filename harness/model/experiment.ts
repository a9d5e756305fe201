import type { BlastRadius } from './blast-radius.ts';
import type { Dashboard } from './dashboard.ts';
import type { Fault, ScheduledFault } from './fault.ts';
import type { ImageDefinition } from './image.ts';
import type { LedgerReadBack, Objectives, RoleObservation, RunRecord } from './run-record.ts';
import type { Load, ParameterValue, PhaseLengths } from './run-settings.ts';
import type { RunningTarget } from './running-target.ts';
import type { Selectable } from './selector.ts';
import type { StopCondition } from './stop-condition.ts';
import type { TargetMeasures } from './target-measures.ts';
import type { Topology } from './topology.ts';
import type { CheckVerdict } from './verdict.ts';

/** What a file of `experiments/` exports: a claim about a target, and how to put it to the test. */
export interface Experiment {
  /** `dc-outage`: the file's name. */
  readonly name: string;
  /** The claim, as a sentence. */
  readonly title: string;
  readonly description: string;
  /** Where it is at home. */
  readonly target: Target;
  /** What else it can be put to, by `--target`. */
  readonly otherTargets?: readonly Target[];
  /** By the name of a target: how it must end there, where the claim does not hold. Left out: it holds. */
  readonly weaknesses?: Readonly<Record<string, Weakness>>;
  /** What `--set key=value` may change. */
  readonly parameters: Readonly<Record<string, ParameterDefinition>>;
  readonly seed: number;
  readonly load: Load;
  readonly phases: PhaseLengths;
  readonly objectives: (parameters: Readonly<Record<string, ParameterValue>>) => Objectives;
  /** The faults for these parameters: at the start of `inject`, one after the other, unless they are scheduled. */
  readonly faults: (
    parameters: Readonly<Record<string, ParameterValue>>,
    topology: Selectable,
  ) => readonly (Fault | ScheduledFault)[];
  /** Which zone's clients are expected to be redirected, and where: for the redirect check. Null: no redirection. */
  readonly isolatedZone: (parameters: Readonly<Record<string, ParameterValue>>) => string | null;
  readonly checks: readonly Check[];
  /** What the faults may touch at most. */
  readonly blastRadius?: (parameters: Readonly<Record<string, ParameterValue>>) => BlastRadius;
  /** When to end at once and take everything back, besides the guards of the harness itself. */
  readonly stopConditions?: readonly StopCondition[];
}

/** What a target is known not to keep of an experiment's claim, and why. */
export interface Weakness {
  /** The checks that deviate: all of them, and no others. */
  readonly checks: readonly string[];
  readonly because: string;
}

/** A pure function of the record; one file of `harness/checks/` makes one. */
export interface Check {
  readonly name: string;
  readonly title: string;
  readonly run: (record: RunRecord) => CheckVerdict;
}

/** A system that can be brought up, with the clients that know how to use it. */
export interface Target {
  readonly name: string;
  readonly title: string;
  readonly mutants: readonly { readonly name: string; readonly summary: string }[];
  readonly topology: (options: TargetOptions) => Topology;
  /** Absolute path of the module whose default export is the ClientModel (see workload.ts). */
  readonly clientModule: string;
  /** The folder of the target's sources. Absolute. */
  readonly sources: string;
  /** The image that has its programs, for drivers that run containers. */
  readonly image: ImageDefinition;
  /**
   * By zone: the address that DNS answers for the one entry that clients have there, whatever the name. Documentation
   * addresses, never dialled; a zone without an entry may be named as well.
   */
  readonly entryAddresses: Readonly<Record<string, string>>;
  /** The name that requests go to unless they name another host: `photos.example`. */
  readonly siteName: string;
  /** Client subnets by region: the addresses that clients claim in EDNS client subnet. */
  readonly clientSubnets: Readonly<Record<string, string>>;
  readonly probes: TargetProbes;
  /** PromQL selectors of the series that the record keeps. */
  readonly recordedMetrics: readonly string[];
  /** For people who look at a node of this run directly: what it asks for that its clients need not know. */
  readonly directAccess?: (runId: string) => string;
  /** What Grafana shows of it, where there is one. */
  readonly dashboard?: Dashboard;
}

/** What only the target knows how to ask of itself; all of it directly, not across edges. */
export interface TargetProbes extends TargetMeasures {
  /**
   * Which of these writes the primary has with their effect, asked as a client would.
   * Null: nobody could say.
   */
  findWrites(running: RunningTarget, writeIds: readonly string[]): Promise<ReadonlySet<string> | null>;
  /** Looks up writes through the API and in every copy of the database, and compares the copies. */
  readBack(running: RunningTarget, writeIds: readonly string[]): Promise<LedgerReadBack>;
  roles(running: RunningTarget): Promise<RoleObservation[]>;
  /** Whether everything is up and replicated again, and a tier that scales has its size at rest; `seen` says what is not. */
  whole(running: RunningTarget): Promise<{ whole: boolean; seen: string }>;
}

export interface TargetOptions {
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly mutant?: string;
}

export interface ParameterDefinition {
  readonly summary: string;
  readonly default: ParameterValue;
  /** Accepted values, or the accepted range of a number. */
  readonly choices?: readonly ParameterValue[];
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Everything that an experiment can be put to, the one where it is at home first. */
export function targetsOf({ target, otherTargets = [] }: Experiment): readonly Target[] {
  return [target, ...otherTargets];
}
