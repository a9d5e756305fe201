import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import { formatDuration } from '../model/analysis/format.ts';
import { overrunMs, PHASE_SLACK_MS, type Phase, type PhaseRecord } from '../model/phase.ts';
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
    const budgetMs = (expectedMs ?? 0) + PHASE_SLACK_MS[phase];
    const record: PhaseRecord = { phase, startedAtMs: this.#clock.now(), endedAtMs: null, budgetMs };
    this.records.push(record);
    this.#journal.note('phase-started', { phase });
    this.#observer.phaseStarted(phase, expectedMs);
    try {
      return await work();
    } catch (thrown) {
      record.problem = messageOf(thrown);
      throw thrown;
    } finally {
      record.endedAtMs = this.#clock.now();
      this.#journal.note('phase-ended', {
        phase,
        ...(record.problem === undefined ? {} : { problem: record.problem }),
      });
      const overran = overrunMs(record);
      if (overran > 0) this.#observer.note(`${phase} took ${formatDuration(overran)} longer than it may`);
      this.#observer.phaseEnded(phase, record.problem ?? null);
    }
  }
}
