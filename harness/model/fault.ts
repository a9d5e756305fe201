import type { Clock } from '../base/clock.ts';
import type { NetworkControl, ProxyTestimony, RunningTarget } from './running-target.ts';
import type { TopologyRecord } from './topology.ts';

/** One file of `harness/faults/` makes one kind of fault. */
export interface Fault {
  /** `zone-outage` */
  readonly kind: string;
  /** `Power loss of us-west`: a heading in the report. */
  readonly title: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** What it will touch; throws a Problem when a selector matches nothing. Pure. */
  scope(topology: TopologyRecord): FaultScope;
  /** Applies it. Called only after the undo was written to disk. */
  inject(context: FaultContext, scope: FaultScope): Promise<FaultAction[]>;
  /** Takes it back; must be safe to call twice, and when the injection failed half way. */
  undo(context: FaultContext, scope: FaultScope): Promise<FaultAction[]>;
  /** Looks by another path than the injection whether it is there (`injected`) or not (`absent`). */
  attest(context: FaultContext, scope: FaultScope, expected: 'injected' | 'absent'): Promise<AttestationProbe[]>;
}

export interface FaultScope {
  readonly nodes: readonly string[];
  /** Names of edges. */
  readonly edges: readonly string[];
}

export interface FaultContext {
  readonly target: RunningTarget;
  readonly network: NetworkControl;
  readonly clock: Clock;
  /** A timed request and answer across an edge, started where its from-side dials. */
  readonly probeEdge: (edge: string, options: { timeoutMs: number }) => Promise<EdgeProbe>;
}

/** What a request across an edge found. */
export interface EdgeProbe {
  answered: boolean;
  /** Nothing came for the whole time: a far end that is dead, but not cut off, closes the connection instead. */
  silent: boolean;
  /** The answer's first words, or how it failed. */
  detail: string;
  atMs: number;
  durationMs: number;
}

/** One thing done to the target, with the time it took effect. */
export interface FaultAction {
  atMs: number;
  what: 'cut' | 'restored' | 'killed' | 'started' | 'paused' | 'resumed';
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
}

/** What the record keeps of a fault. */
export interface FaultRecord {
  kind: string;
  title: string;
  parameters: Record<string, unknown>;
  scope: { nodes: string[]; edges: string[] };
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
