import type { Clock } from '../base/clock.ts';
import { messageOf, Problem } from '../base/errors.ts';
import {
  type AttestationProbe,
  attestationStatus,
  type FaultAction,
  type FaultContext,
  type FaultRecord,
} from '../model/fault.ts';
import type { RunningTarget } from '../model/running-target.ts';
import type { Journal } from '../record/journal.ts';
import { probeEdge } from '../runtime/edge-probe.ts';
import type { RunPlan } from './plan.ts';

/** Undo has its own budget: it goes on when everything else was given up. Restarting a datacenter takes seconds. */
const UNDO_BUDGET_MS = 60_000;
const UNDO_ATTEMPTS = 3;
/** How long the proof that a fault is gone may be repeated: the target needs a moment to come back. */
const UNDONE_PROOF_MS = 15_000;
const UNDONE_PROOF_PAUSE_MS = 500;

/** The faults of a run: each is written to the journal before it is applied, and taken back newest first. */
export class FaultInjection {
  readonly records: FaultRecord[];
  readonly #planned: RunPlan['faults'];
  readonly #context: FaultContext;
  readonly #clock: Clock;
  readonly #journal: Journal;
  readonly #applied = new Set<number>();

  constructor(options: { plan: RunPlan; target: RunningTarget; clock: Clock; journal: Journal }) {
    const { plan, target, clock, journal } = options;
    this.#planned = plan.faults;
    this.#clock = clock;
    this.#journal = journal;
    this.#context = {
      target,
      network: target.network,
      clock,
      probeEdge: (edge, { timeoutMs }) => probeEdge(target, edge, { timeoutMs }),
    };
    this.records = plan.faults.map(({ fault, scope }) => ({
      kind: fault.kind,
      title: fault.title,
      parameters: { ...fault.parameters },
      scope: { nodes: [...scope.nodes], edges: [...scope.edges] },
      actions: [],
      undoActions: [],
      injectedFromMs: null,
      injectedUntilMs: null,
      undoneFromMs: null,
      undoneUntilMs: null,
      testimony: null,
      attestation: { before: [], injected: [], undone: [] },
    }));
  }

  /** Proves that nothing of the faults is there yet: otherwise finding them later would prove nothing. */
  async attestBefore(): Promise<void> {
    await this.#each(async ({ fault, scope }, record) => {
      const probes = await fault.attest(this.#context, scope, 'absent');
      record.attestation.before = [...probes, ...(await this.#bypasses())];
    });
  }

  async inject(): Promise<void> {
    for (const [index, { fault, scope }] of this.#planned.entries()) {
      const record = this.records[index]!;
      this.#journal.write('undo-registered', { fault: index, kind: fault.kind, scope });
      this.#applied.add(index);
      record.injectedFromMs = this.#clock.now();
      record.actions = await fault.inject(this.#context, scope);
      [record.injectedFromMs, record.injectedUntilMs] = timesOf(record.actions, record.injectedFromMs);
      this.#journal.write('injected', { fault: index });
    }
  }

  async attestInjected(): Promise<void> {
    await this.#each(async ({ fault, scope }, record) => {
      const probes = await fault.attest(this.#context, scope, 'injected');
      record.attestation.injected = [...probes, ...(await this.#bypasses())];
    });
  }

  /** Takes back whatever was applied, newest first, and proves that it is gone. Safe to call again. */
  async undo(): Promise<void> {
    const problems: string[] = [];
    for (const index of [...this.#applied].reverse()) {
      try {
        await this.#undoOne(index);
        this.#applied.delete(index);
        this.#journal.write('undone', { fault: index });
      } catch (thrown) {
        problems.push(`${this.records[index]!.title}: ${messageOf(thrown)}`);
      }
    }
    if (problems.length > 0) {
      throw new Problem(`Could not take back: ${problems.join('; ')}`, {
        code: 'undo-failed',
        hint: 'The tear-down removes the whole target; `npm run undo` removes whatever is left.',
      });
    }
  }

  async #undoOne(index: number): Promise<void> {
    const { fault, scope } = this.#planned[index]!;
    const record = this.records[index]!;
    const deadlineMs = this.#clock.now() + UNDO_BUDGET_MS;
    this.#journal.write('undo-started', { fault: index });
    record.attestation.injected.push(...this.#lostCuts(record));
    record.undoneFromMs = this.#clock.now();
    for (let attempt = 1; ; attempt += 1) {
      try {
        record.undoActions = await fault.undo(this.#context, scope);
        break;
      } catch (thrown) {
        if (attempt >= UNDO_ATTEMPTS || this.#clock.now() >= deadlineMs) throw thrown;
      }
    }
    [record.undoneFromMs, record.undoneUntilMs] = timesOf(record.undoActions, record.undoneFromMs);
    record.attestation.undone = await this.#proveUndone(index);
    const span = { fromMs: record.injectedFromMs ?? 0, untilMs: this.#clock.now() };
    record.testimony = this.#context.network.testimony(scope.edges, span);
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
      atMs,
      durationMs: this.#clock.now() - atMs,
    }));
  }

  /** A cut that ended by itself before it was taken back: the fault was not what the record says. */
  #lostCuts({ scope }: FaultRecord): AttestationProbe[] {
    const atMs = this.#clock.now();
    return this.#context.network.lostCuts
      .filter((edge) => scope.edges.includes(edge))
      .map((edge) => ({
        subject: edge,
        expectation: 'the cut lasts until it is taken back',
        observed: 'its lease ran out before',
        status: 'mismatch',
        atMs,
        durationMs: 0,
      }));
  }

  async #proveUndone(index: number): Promise<AttestationProbe[]> {
    const { fault, scope } = this.#planned[index]!;
    const deadlineMs = this.#clock.now() + UNDONE_PROOF_MS;
    for (;;) {
      const probes = await fault.attest(this.#context, scope, 'absent');
      if (attestationStatus(probes) === 'confirmed' || this.#clock.now() >= deadlineMs) return probes;
      await this.#clock.sleep(UNDONE_PROOF_PAUSE_MS);
    }
  }

  async #each(work: (planned: RunPlan['faults'][number], record: FaultRecord) => Promise<void>): Promise<void> {
    await Promise.all(this.#planned.map((planned, index) => work(planned, this.records[index]!)));
  }
}

/** First and last action; without any, the moment of the attempt. */
function timesOf(actions: readonly FaultAction[], attemptMs: number): [number, number] {
  const times = actions.map(({ atMs }) => atMs);
  return times.length === 0 ? [attemptMs, attemptMs] : [Math.min(...times), Math.max(...times)];
}
