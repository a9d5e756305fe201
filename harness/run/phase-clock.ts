import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Phase, PhaseRecord } from '../model/phase.ts';
import type { Journal } from '../record/journal.ts';
import type { RunObserver } from './observer.ts';

/** Runs phases one after the other and keeps their times: in the journal before they begin, in the record after. */
export class PhaseClock {
  readonly records: PhaseRecord[] = [];
  readonly #clock: Clock;
  readonly #journal: Journal;
  readonly #observer: RunObserver;

  constructor(clock: Clock, journal: Journal, observer: RunObserver) {
    this.#clock = clock;
    this.#journal = journal;
    this.#observer = observer;
  }

  /** `expectedMs` is null where the length depends on the target. */
  async run<T>(phase: Phase, expectedMs: number | null, work: () => Promise<T>): Promise<T> {
    const record: PhaseRecord = { phase, startedAtMs: this.#clock.now(), endedAtMs: null };
    this.records.push(record);
    this.#journal.write('phase-started', { phase });
    this.#observer.phaseStarted(phase, expectedMs);
    try {
      return await work();
    } catch (thrown) {
      record.problem = messageOf(thrown);
      throw thrown;
    } finally {
      record.endedAtMs = this.#clock.now();
      this.#journal.write('phase-ended', {
        phase,
        ...(record.problem === undefined ? {} : { problem: record.problem }),
      });
      this.#observer.phaseEnded(phase, record.problem ?? null);
    }
  }
}
