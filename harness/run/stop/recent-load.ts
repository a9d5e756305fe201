import type { LoadProgress } from '../observer.ts';

const WINDOW_MS = 1000;

/** What clients saw in the last second and since the injection, from the generator's own messages. */
export class RecentLoad {
  #messages: LoadProgress[] = [];
  #sinceInjection: { ok: number; bad: number } | null = null;

  add(progress: LoadProgress): void {
    this.#messages.push(progress);
    if (this.#sinceInjection !== null) {
      this.#sinceInjection.ok += progress.ok;
      this.#sinceInjection.bad += progress.fail + progress.info;
    }
    this.#messages = this.#messages.filter(({ atMs }) => atMs > progress.atMs - WINDOW_MS);
  }

  /** Share of operations that succeeded. Zero when all of them hang; null when there were none. */
  availability(nowMs: number): number | null {
    const recent = this.#within(nowMs);
    const ok = sum(recent.map((message) => message.ok));
    const ended = ok + sum(recent.map(({ fail, info }) => fail + info));
    if (ended > 0) return ok / ended;
    return (recent.at(-1)?.inFlight ?? 0) > 0 ? 0 : null;
  }

  /** From here on `failedSinceInjection` counts. */
  markInjection(): void {
    this.#sinceInjection = { ok: 0, bad: 0 };
  }

  /** Share of the operations that ended since the injection and did not succeed; null before any. */
  failedSinceInjection(): number | null {
    const { ok, bad } = this.#sinceInjection ?? { ok: 0, bad: 0 };
    return ok + bad === 0 ? null : bad / (ok + bad);
  }

  p99Ms(nowMs: number): number | null {
    return largest(this.#within(nowMs).flatMap(({ p99Ms }) => p99Ms ?? []));
  }

  lagMs(nowMs: number): number | null {
    return largest(this.#within(nowMs).map(({ lagMaxMs }) => lagMaxMs));
  }

  /** A generator that says nothing any more is no sign of health: then nothing is known. */
  #within(nowMs: number): readonly LoadProgress[] {
    return this.#messages.filter(({ atMs }) => atMs > nowMs - 2 * WINDOW_MS);
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function largest(values: readonly number[]): number | null {
  return values.length === 0 ? null : Math.max(...values);
}
