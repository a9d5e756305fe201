import type { BlastRadius } from './blast-radius.ts';
import type { FaultRecord } from './fault.ts';
import type { Operation } from './operation.ts';
import type { PhaseRecord } from './phase.ts';
import type { Load, ParameterValue, PhaseLengths } from './run-settings.ts';
import type { NetworkCapabilities, ResourceUsage } from './running-target.ts';
import type { AbortRecord, StopConditionRecord } from './stop-condition.ts';
import type { AlertRecord, MetricSeries, ReceiverStatistics, Span, TargetEvent } from './telemetry.ts';
import type { TopologyRecord } from './topology.ts';

export const RUN_RECORD_VERSION = 1;

/** Everything a run left behind; checks and the report are pure functions of it. */
export interface RunRecord {
  manifest: RunManifest;
  operations: Operation[];
  spans: Span[];
  metrics: MetricSeries[];
  /** Null when Prometheus could not be asked: then nothing is known of alerts. */
  alerts: AlertRecord[] | null;
  events: TargetEvent[];
  ledger: LedgerReadBack | null;
  /** What could not be loaded, and why: files missing or damaged. */
  gaps: string[];
}

/** The small, versioned part: run.json without the verdicts. */
export interface RunManifest {
  version: typeof RUN_RECORD_VERSION;
  runId: string;
  experiment: { name: string; title: string; description: string };
  target: { name: string; title: string; mutant: string | null };
  driver: 'process' | 'docker';
  seed: number;
  parameters: Record<string, ParameterValue>;
  load: Load;
  phaseLengths: PhaseLengths;
  objectives: Objectives;
  isolatedZone: string | null;
  topology: TopologyRecord;
  startedAtMs: number;
  finishedAtMs: number | null;
  phases: PhaseRecord[];
  faults: FaultRecord[];
  /** Results of the canary, one for each pipeline. */
  canary: { pipeline: string; seen: boolean; detail: string }[];
  /** Roles of the database nodes at the end of the steady state and at the end, from their agents. */
  roles: RoleObservation[];
  harness: HarnessMeasurements;
  /** Of the Toxiproxy server; null when it never came up. */
  networkCapabilities: NetworkCapabilities | null;
  environment: Record<string, string>;
  /** Set when the run did not go through: stop condition, signal, or failure of the tool. */
  ending: { verdict: 'aborted' | 'interrupted' | 'failed'; reason: string } | null;
  /** As the experiment declares it; null when it does not. Missing in records from before that was asked. */
  blastRadius?: BlastRadius | null;
  /** Missing in records from before there were stop conditions. */
  stopConditions?: StopConditionRecord[];
  /** Set when one of them ended the run. */
  abort?: AbortRecord;
  reproduce: string;
}

export interface RoleObservation {
  atMs: number;
  node: string;
  role: string;
  epoch: number | null;
}

/** What the experiment promises; each is held against a measurement by a check. */
export interface Objectives {
  /** Share of operations that must succeed in steady state, 0..1. */
  availability: number;
  /** Share that must succeed during the hold once recovered, 0..1. */
  availabilityAfterFailover: number;
  /** 99th percentile from the intended start, in steady state and after recovery. */
  latencyP99Ms: number;
  /** Reads are back within this after the first injected action. */
  rtoReadsMs: number;
  rtoWritesMs: number;
  /** Acknowledged writes that may be lost. */
  rpoWrites: number;
  /** What the replication that was asked for promises about them, in words: told with the verdict, changes none. */
  rpoTerms?: string;
  /** Nobody is shown what was overwritten longer ago than this; left out: nothing is promised. */
  stalenessMs?: number;
  /** Part of operations whose root and entry span must have arrived, 0..1. */
  telemetryCompleteness: number;
  /** All traffic goes to the healthy datacenter within this. */
  redirectMs: number;
}

/** How the harness itself did: a saturated one makes a run inconclusive. */
export interface HarnessMeasurements {
  generator: {
    scheduled: number;
    dropped: number;
    lagP50Ms: number | null;
    lagP99Ms: number | null;
    lagMaxMs: number | null;
    cpuSeconds: number | null;
    peakMemoryBytes: number | null;
  } | null;
  toxiproxy: { cpuSeconds: number | null; peakMemoryBytes: number | null } | null;
  receiver: ReceiverStatistics | null;
  runner: { cpuSeconds: number; peakMemoryBytes: number } | null;
  nodes: Record<string, ResourceUsage>;
  /** Milliseconds from the first process to the last node ready. */
  bringUpMs: number | null;
}

/** Every acknowledged or unknown write, looked up after the end. */
export interface LedgerReadBack {
  readAtMs: number;
  /** Where it was looked up: `api` (through a web server) and each database node. */
  sources: LedgerSource[];
  /** Differences between the copies of the database after heal; empty means they agree. */
  convergence: { compared: boolean; tables: TableComparison[]; problem?: string };
}

export interface LedgerSource {
  source: string;
  /** Null when it could not be read; `problem` says why. */
  found: LedgerEntry[] | null;
  problem?: string;
}

export interface LedgerEntry {
  writeId: string;
  /** False: the row in `writes` is there, but its effect in the domain table is not. */
  present: boolean;
  writtenBy: string;
  epoch: number;
}

export interface TableComparison {
  table: string;
  /** Rows and digest, by database node. */
  copies: Record<string, { rows: number; digest: string }>;
}
