import { unlessAborted } from '../../base/aborting.ts';
import type { Clock } from '../../base/clock.ts';
import { messageOf, Problem } from '../../base/errors.ts';
import { attestationStatus, type FaultRecord } from '../../model/fault.ts';
import type { RunPlan } from '../plan.ts';
import { type FaultTools, InjectedFault } from './injected-fault.ts';

/** The faults of a run, each at its time; whatever was applied is taken back newest first. */
export class FaultInjection {
  readonly records: FaultRecord[];
  readonly #schedule: readonly { fault: InjectedFault; startMs: number; durationMs: number | null }[];
  readonly #clock: Clock;
  /** In the order in which they were begun. */
  readonly #begun: InjectedFault[] = [];
  #startedAtMs = 0;

  constructor({ plan, ...tools }: FaultTools & { plan: RunPlan }) {
    this.#clock = tools.clock;
    this.#schedule = plan.faults.map((planned, index) => ({
      fault: new InjectedFault({ index, planned, ...tools }),
      startMs: planned.startMs,
      durationMs: planned.durationMs,
    }));
    this.records = this.#schedule.map(({ fault }) => fault.record);
  }

  /** Whether anything was begun: then it must be taken back. */
  get begun(): boolean {
    return this.#begun.length > 0;
  }

  /** Whether the undo of everything that was begun is proven. */
  get gone(): boolean {
    return this.#begun.every(({ record }) => attestationStatus(record.attestation.undone) === 'confirmed');
  }

  async attestBefore(): Promise<void> {
    await Promise.all(this.#schedule.map(({ fault }) => fault.attestBefore()));
  }

  /**
   * Begins the schedule: injects what is there from its start, one after the other. Ends at once when it is aborted; an
   * injection that is under way then is waited for by its undo.
   */
  async begin(signal: AbortSignal): Promise<void> {
    this.#startedAtMs = this.#clock.now();
    for (const { fault, startMs } of this.#schedule) if (startMs === 0) await this.#inject(fault, signal);
  }

  /**
   * Goes through the rest of the schedule: attests what is there, injects what comes later, and takes back what ends
   * before the run does. Resolves when nothing is left to come.
   */
  async follow(signal: AbortSignal): Promise<void> {
    await Promise.all(
      this.#schedule.map(async ({ fault, startMs, durationMs }) => {
        if (startMs > 0) {
          await this.#clock.sleep(this.#startedAtMs + startMs - this.#clock.now(), signal);
          await this.#inject(fault, signal);
        }
        await fault.attestInjected();
        if (durationMs === null) return;
        await this.#clock.sleep(this.#startedAtMs + startMs + durationMs - this.#clock.now(), signal);
        await fault.undo();
      }),
    );
  }

  /** Takes back whatever was applied, newest first, and proves that it is gone. Safe to call again. */
  async undo(): Promise<void> {
    const problems: string[] = [];
    for (const fault of [...this.#begun].reverse()) {
      await fault.undo().catch((thrown) => problems.push(`${fault.record.title}: ${messageOf(thrown)}`));
    }
    if (problems.length > 0) {
      throw new Problem(`Could not take back: ${problems.join('; ')}`, {
        code: 'undo-failed',
        hint: 'The tear-down removes the whole target; `npm run undo` removes whatever is left.',
      });
    }
  }

  async #inject(fault: InjectedFault, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#begun.push(fault);
    await unlessAborted(fault.inject(), signal);
  }
}
