import type { Clock } from '../../base/clock.ts';
import { Problem } from '../../base/errors.ts';
import {
  type AbortRecord,
  describeBreach,
  describeStopCondition,
  isBeyond,
  type StopCondition,
  type StopConditionRecord,
  type StopSignal,
} from '../../model/stop-condition.ts';

/** The present value of a signal; null where nothing is known. */
export type ReadSignal = (signal: StopSignal) => Promise<number | null>;

/** A breach must be seen soon enough that undo begins within a second of it. */
const SAMPLE_MS = 200;

interface Watched {
  readonly condition: StopCondition;
  readonly record: StopConditionRecord;
  beyondSinceMs: number | null;
}

/** Samples the stop conditions of a run; the first that is breached aborts `signal`. */
export class StopWatch {
  readonly records: readonly StopConditionRecord[];
  readonly #watched: readonly Watched[];
  readonly #read: ReadSignal;
  readonly #clock: Clock;
  readonly #abort = new AbortController();
  readonly #ended = new AbortController();
  #breach: AbortRecord | null = null;

  constructor(conditions: readonly StopCondition[], { read, clock }: { read: ReadSignal; clock: Clock }) {
    this.#read = read;
    this.#clock = clock;
    this.#watched = conditions.map((condition) => ({
      condition,
      record: { condition: describeStopCondition(condition), samples: 0, blind: 0, worst: null },
      beyondSinceMs: null,
    }));
    this.records = this.#watched.map(({ record }) => record);
  }

  /** Aborted, with the reason, when a condition is breached. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get breach(): AbortRecord | null {
    return this.#breach;
  }

  /** Begins to watch; each condition at its own pace, so that a slow query keeps no other from being seen. */
  start(): void {
    for (const watched of this.#watched) void this.#watch(watched);
  }

  /** Watches no longer; what was breached stays so. An answer that is still awaited is not used. */
  stop(): void {
    this.#ended.abort();
  }

  async #watch(watched: Watched): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      await this.#sample(watched);
      await this.#clock.sleep(SAMPLE_MS, signal).catch(() => undefined);
    }
  }

  async #sample(watched: Watched): Promise<void> {
    const { condition, record } = watched;
    const value = await this.#read(condition.signal).catch(() => null);
    if (this.#ended.signal.aborted) return;
    const nowMs = this.#clock.now();
    record.samples += 1;
    if (value === null) {
      record.blind += 1;
      watched.beyondSinceMs = null;
      return;
    }
    const worse = condition.comparison === '<' ? Math.min : Math.max;
    record.worst = record.worst === null ? value : worse(record.worst, value);
    watched.beyondSinceMs = isBeyond(condition, value) ? (watched.beyondSinceMs ?? nowMs) : null;
    if (watched.beyondSinceMs === null || nowMs - watched.beyondSinceMs < condition.forMs) return;
    this.#trip(condition, value, { beyondSinceMs: watched.beyondSinceMs, breachedAtMs: nowMs });
  }

  #trip(condition: StopCondition, value: number, times: Pick<AbortRecord, 'beyondSinceMs' | 'breachedAtMs'>): void {
    if (this.#breach !== null) return;
    const seen = describeBreach(condition, value);
    const words = describeStopCondition(condition);
    this.#breach = { condition: words, seen, ...times, undoBegunAtMs: null, healedAtMs: null };
    this.#abort.abort(new Problem(`"${words}": ${seen}`, { code: 'stop-condition' }));
  }
}
