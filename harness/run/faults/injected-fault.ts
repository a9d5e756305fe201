import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import {
  type AttestationProbe,
  attestationStatus,
  type FaultAction,
  type FaultContext,
  type FaultRecord,
} from '../../model/fault.ts';
import type { RunningTarget } from '../../model/running-target.ts';
import type { TargetMeasures } from '../../model/target-measures.ts';
import type { LoadControl } from '../../model/workload.ts';
import type { Journal } from '../../record/journal.ts';
import { probeClock } from '../../runtime/clock-probe.ts';
import { probeEdge } from '../../runtime/edge-probe.ts';
import type { PlannedFault } from './plan-faults.ts';

/** Undo has its own budget: it goes on when everything else was given up. Restarting a datacenter takes seconds. */
const UNDO_BUDGET_MS = 60_000;
const UNDO_ATTEMPTS = 3;
/** How long the proof that a fault is gone may be repeated: the target needs a moment to come back. */
const UNDONE_PROOF_MS = 15_000;
const UNDONE_PROOF_PAUSE_MS = 500;

/** What every fault of a run works with. */
export interface FaultTools {
  readonly target: RunningTarget;
  readonly load: LoadControl;
  readonly measures: TargetMeasures;
  readonly clock: Clock;
  readonly journal: Journal;
}

/** One fault of a run, from the proof that nothing of it is there to the proof that nothing of it is left. */
export class InjectedFault {
  readonly record: FaultRecord;
  readonly #index: number;
  readonly #planned: PlannedFault;
  readonly #context: FaultContext;
  readonly #clock: Clock;
  readonly #journal: Journal;
  readonly #background = new AbortController();
  readonly #works: Promise<void>[] = [];
  #injecting: Promise<void> | undefined;
  #undoing: Promise<void> | undefined;

  constructor(options: FaultTools & { index: number; planned: PlannedFault }) {
    const { index, planned, target, load, measures, clock, journal } = options;
    const id = `fault${index + 1}`;
    const { fault, scope, startMs, durationMs } = planned;
    this.#index = index;
    this.#planned = planned;
    this.#clock = clock;
    this.#journal = journal;
    this.record = {
      kind: fault.kind,
      title: fault.title,
      parameters: { ...fault.parameters },
      scope: { nodes: [...scope.nodes], edges: [...scope.edges] },
      ...{ startMs, durationMs },
      actions: [],
      undoActions: [],
      injectedFromMs: null,
      injectedUntilMs: null,
      undoneFromMs: null,
      undoneUntilMs: null,
      testimony: null,
      attestation: { before: [], injected: [], undone: [] },
    };
    this.#context = {
      target,
      network: target.network.forFault(id),
      load: load.forFault(id),
      measures,
      clock,
      probeEdge: (edge, limits) => probeEdge(target, edge, limits),
      probeClock: (node, port) => probeClock(target, node, port),
      background: (work) => this.#works.push(this.#whileInjected(work)),
      acted: (action) => this.record.actions.push(action),
    };
  }

  /** Proves that nothing of the fault is there yet: otherwise finding it later would prove nothing. */
  async attestBefore(): Promise<void> {
    this.record.attestation.before = await this.#probe('absent');
  }

  /** The undo is on the disk before anything is done. */
  inject(): Promise<void> {
    this.#injecting = this.#inject();
    return this.#injecting;
  }

  async #inject(): Promise<void> {
    const { fault, scope } = this.#planned;
    this.#journal.write('undo-registered', { fault: this.#index, kind: fault.kind, title: fault.title, scope });
    this.record.injectedFromMs = this.#clock.now();
    const actions = await fault.inject(this.#context, scope);
    this.record.actions.unshift(...actions);
    [this.record.injectedFromMs, this.record.injectedUntilMs] = timesOf(actions, this.record.injectedFromMs);
    this.#journal.note('injected', { fault: this.#index });
  }

  async attestInjected(): Promise<void> {
    this.record.attestation.injected.push(...(await this.#probe('injected')));
  }

  /** Takes back what was applied, and proves that it is gone. Safe to call again, and while it is being injected. */
  async undo(): Promise<void> {
    if (this.#injecting === undefined) return;
    this.#undoing ??= this.#undo();
    await this.#undoing.catch((thrown) => {
      this.#undoing = undefined;
      throw thrown;
    });
  }

  async #undo(): Promise<void> {
    const { fault, scope } = this.#planned;
    const { record } = this;
    this.#journal.note('undo-started', { fault: this.#index });
    this.#background.abort();
    await Promise.allSettled([this.#injecting, ...this.#works]);
    const begunAtMs = this.#clock.now();
    record.undoneFromMs = begunAtMs;
    for (let attempt = 1; ; attempt += 1) {
      try {
        record.undoActions = await fault.undo(this.#context, scope);
        break;
      } catch (thrown) {
        if (attempt >= UNDO_ATTEMPTS || this.#clock.now() >= begunAtMs + UNDO_BUDGET_MS) throw thrown;
      }
    }
    record.attestation.injected.push(...this.#lapses());
    [record.undoneFromMs, record.undoneUntilMs] = timesOf(record.undoActions, begunAtMs);
    record.attestation.undone = await this.#proveUndone();
    const span = { fromMs: record.injectedFromMs ?? 0, untilMs: this.#clock.now() };
    record.testimony = this.#context.target.network.testimony(scope.edges, span);
    this.#journal.note('undone', { fault: this.#index });
  }

  async #probe(expected: 'injected' | 'absent'): Promise<AttestationProbe[]> {
    const { fault, scope } = this.#planned;
    const look = { expected, baseline: this.record.attestation.before };
    const probes = await fault.attest(this.#context, scope, look);
    return [...probes, ...(await this.#bypasses())];
  }

  async #proveUndone(): Promise<AttestationProbe[]> {
    const { fault, scope } = this.#planned;
    const look = { expected: 'absent', baseline: this.record.attestation.before } as const;
    const deadlineMs = this.#clock.now() + UNDONE_PROOF_MS;
    for (;;) {
      const probes = await fault.attest(this.#context, scope, look);
      if (attestationStatus(probes) === 'confirmed' || this.#clock.now() >= deadlineMs) return probes;
      await this.#clock.sleep(UNDONE_PROOF_PAUSE_MS);
    }
  }

  /** Never rejects: what stops a fault from going on is a probe that did not find it. */
  async #whileInjected(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { signal } = this.#background;
    const atMs = this.#clock.now();
    try {
      await work(signal);
    } catch (thrown) {
      if (signal.aborted) return;
      this.record.attestation.injected.push({
        subject: this.record.title,
        expectation: 'it goes on until it is taken back',
        observed: messageOf(thrown),
        status: 'mismatch',
        ...{ atMs, durationMs: this.#clock.now() - atMs },
      });
    }
  }

  /** A connection around the edges goes on whatever is cut: then the fault is not what its record says. */
  async #bypasses(): Promise<AttestationProbe[]> {
    const atMs = this.#clock.now();
    const found = (await this.#context.target.bypasses()) ?? [];
    return found.map((subject) => ({
      subject,
      expectation: 'nodes connect to each other by their edges only',
      observed: 'a connection around the edges',
      status: 'mismatch',
      ...{ atMs, durationMs: this.#clock.now() - atMs },
    }));
  }

  /** What ended by itself before it was taken back: the fault was not what the record says. */
  #lapses(): AttestationProbe[] {
    const atMs = this.#clock.now();
    return this.#context.network.lapsed.map((edge) => ({
      subject: edge,
      expectation: 'the fault lasts until it is taken back',
      observed: 'its lease ran out before',
      status: 'mismatch',
      ...{ atMs, durationMs: 0 },
    }));
  }
}

/** First and last action; without any, the moment of the attempt. */
function timesOf(actions: readonly FaultAction[], attemptMs: number): [number, number] {
  const times = actions.map(({ atMs }) => atMs);
  return times.length === 0 ? [attemptMs, attemptMs] : [Math.min(...times), Math.max(...times)];
}
