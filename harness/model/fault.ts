import type { Clock } from '../base/clock.ts';
import type { NodePreparation } from './resource-control.ts';
import type { FaultNetwork, ProxyTestimony, RunningTarget } from './running-target.ts';
import type { TargetMeasures } from './target-measures.ts';
import type { TopologyRecord } from './topology.ts';
import type { FaultLoad } from './workload.ts';

/** What breaks: the catalogue is in this order. */
export const FAULT_FAMILIES = ['network', 'node', 'state', 'resource', 'traffic', 'deployment'] as const;
export type FaultFamily = (typeof FAULT_FAMILIES)[number];

/** A fault with every parameter given. One file of `harness/faults/` makes one kind of them. */
export interface Fault {
  /** `zone-outage` */
  readonly kind: string;
  /** `Power loss of us-west`: a heading in the report. */
  readonly title: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** What is wrong with the parameters, each with its path; a fault that has problems is refused before bring-up. */
  readonly problems: readonly string[];
  /** It is over as soon as it happened: it cannot last, and there is nothing to take back. */
  readonly isEvent: boolean;
  /** Why a driver cannot do it; null when it can. */
  refusal(driver: RunningTarget['driver']): string | null;
  /** What it will touch; throws a Problem when a selector matches nothing. Pure. */
  scope(topology: TopologyRecord): FaultScope;
  /** What it needs of every node of its scope from bring-up on. */
  readonly preparation: NodePreparation;
  /** Applies it. Called only after the undo was written to disk. */
  inject(context: FaultContext, scope: FaultScope): Promise<FaultAction[]>;
  /** Takes it back; must be safe to call twice, and when the injection failed half way. */
  undo(context: FaultContext, scope: FaultScope): Promise<FaultAction[]>;
  /** Looks by another path than the injection whether it is there or not. */
  attest(context: FaultContext, scope: FaultScope, look: Look): Promise<AttestationProbe[]>;
}

/**
 * What a probe should find, and what it found before the injection: some faults show only as a difference. Of an event:
 * that it happened (`injected`), and that nothing of it goes on (`absent`).
 */
export interface Look {
  readonly expected: 'injected' | 'absent';
  readonly baseline: readonly AttestationProbe[];
}

/** A fault within a run: from when it is there, counted from the start of the injection, and for how long. */
export interface ScheduledFault {
  readonly fault: Fault;
  readonly startMs: number;
  /** Null: until the run takes everything back. */
  readonly durationMs: number | null;
}

/** Puts a fault at a time of its own, from `startMs` after the start of the injection, for `durationMs` or to the end. */
export function scheduled(
  fault: Fault,
  { startMs = 0, durationMs = null }: Partial<Omit<ScheduledFault, 'fault'>>,
): ScheduledFault {
  return { fault, startMs, durationMs };
}

export interface FaultScope {
  readonly nodes: readonly string[];
  /** Names of edges. */
  readonly edges: readonly string[];
}

export interface FaultContext {
  readonly target: RunningTarget;
  /** The edges, for this fault alone: `heal` takes back only what it did. */
  readonly network: FaultNetwork;
  /** The load, for this fault alone. */
  readonly load: FaultLoad;
  /** What the target tells of itself: another path than that of any injection. */
  readonly measures: TargetMeasures;
  readonly clock: Clock;
  /** A timed request and answer across an edge, started where its from-side dials. */
  readonly probeEdge: (edge: string, options: EdgeProbeLimits) => Promise<EdgeProbe>;
  /** How far a node's clock is off in milliseconds, told by itself on an HTTP port; null when it gives no answer. */
  readonly probeClock: (node: string, port: string) => Promise<number | null>;
  /**
   * Goes on beside the run until the fault is taken back: then the signal aborts, and the undo waits for its end. If it
   * fails, the fault is not what its record says, and its attestation says so. What it does is told to `acted`.
   */
  background(work: (signal: AbortSignal) => Promise<void>): void;
  /** Adds to the record's actions. */
  acted(action: FaultAction): void;
}

export interface EdgeProbeLimits {
  /** From dialling to the last that is awaited. */
  readonly timeoutMs: number;
  /** The question is made this long, give or take a few bytes; `LONG_QUESTIONS` tells where that can be, and how long. */
  readonly bytes?: number;
  /** The far end is asked to close after its answer. What is timed is then the close, from the last of the answer. */
  readonly untilClosed?: boolean;
  /** A name is asked for by both, and one answer is enough; or only by this one. */
  readonly transport?: 'udp' | 'tcp';
}

/** What a request across an edge found. */
export interface EdgeProbe {
  /** Silent: nothing came for the whole time, or not the close that was awaited. A far end that is dead, but not cut off, closes or resets instead. */
  outcome: 'answered' | 'silent' | 'refused' | 'reset' | 'closed' | 'failed';
  /** The answer's first words, or how it failed. */
  detail: string;
  atMs: number;
  durationMs: number;
}

/** One thing done to the target, with the time it took effect. */
export interface FaultAction {
  atMs: number;
  /** What was done to the subject: `cut`, `killed`, `slowed`. */
  what: string;
  /** The edge's or the node's name. */
  subject: string;
}

export type AttestationStatus = 'confirmed' | 'mismatch' | 'unproven';

/** One probe: what was asked, what was expected, what was measured. */
export interface AttestationProbe {
  subject: string;
  /** `a request across the edge finds no answer within 1000 ms` */
  expectation: string;
  observed: string;
  status: AttestationStatus;
  atMs: number;
  durationMs: number;
  /** What was measured, where the fault has a size. */
  measured?: { value: number; unit: string };
}

/** What the record keeps of a fault. */
export interface FaultRecord {
  kind: string;
  title: string;
  parameters: Record<string, unknown>;
  scope: { nodes: string[]; edges: string[] };
  /** When it was meant to begin, from the start of the injection, and how long to last; null: until everything is taken back. */
  startMs: number;
  durationMs: number | null;
  actions: FaultAction[];
  undoActions: FaultAction[];
  /** First and last injected action. */
  injectedFromMs: number | null;
  injectedUntilMs: number | null;
  undoneFromMs: number | null;
  undoneUntilMs: number | null;
  /** Null when the Toxiproxy server tells no events, or not all of them were heard. */
  testimony: ProxyTestimony | null;
  attestation: { before: AttestationProbe[]; injected: AttestationProbe[]; undone: AttestationProbe[] };
}

/** Worst of the probes: mismatch before unproven before confirmed; no probe at all is unproven. */
export function attestationStatus(probes: readonly AttestationProbe[]): AttestationStatus {
  if (probes.some((probe) => probe.status === 'mismatch')) return 'mismatch';
  if (probes.length === 0 || probes.some((probe) => probe.status === 'unproven')) return 'unproven';
  return 'confirmed';
}
