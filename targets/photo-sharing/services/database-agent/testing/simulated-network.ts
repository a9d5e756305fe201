import type { ReadAnswer, StoredRecord, WriteAnswer } from '../coordinator.ts';
import type { LeaseStore } from '../lease.ts';
import type { LeaseRecord } from '../lease-record.ts';

/** Simulated time, the only clock of a simulation. */
export class Timeline {
  now = 0;
  #due: { at: number; run: () => void }[] = [];

  at(time: number, run: () => void): void {
    this.#due.push({ at: time, run });
  }

  /** Runs whatever falls due, in order, and lets all promises settle in between. */
  async until(end: number): Promise<void> {
    for (;;) {
      await settled();
      this.#due.sort((left, right) => left.at - right.at);
      const next = this.#due[0];
      if (next === undefined || next.at > end) break;
      this.#due.shift();
      this.now = Math.max(this.now, next.at);
      next.run();
    }
    this.now = end;
  }
}

/** A linearizable compare-and-set register: what the lease relies on, by definition. */
export class Register {
  stored: StoredRecord | 'none' = 'none';

  write(record: LeaseRecord, revision: number): WriteAnswer {
    const present = this.stored === 'none' ? 0 : this.stored.revision;
    if (present !== revision) return 'conflict';
    this.stored = { record, revision: present + 1 };
    return { revision: present + 1 };
  }
}

/** How one message fares: how long each way takes, and whether it gets lost. */
export interface Passage {
  thereMs: number;
  backMs: number;
  lost: boolean;
}

/** The register behind a network that delays and loses requests and answers; it gives up after the request time. */
export function through(register: Register, timeline: Timeline, nextPassage: () => Passage): LeaseStore {
  const call = <T>(apply: () => T): Promise<T> =>
    new Promise((resolve, reject) => {
      const { thereMs, backMs, lost } = nextPassage();
      timeline.at(timeline.now + 700, () => reject(new Error('no answer')));
      timeline.at(timeline.now + thereMs, () => {
        // A request may arrive long after its sender has given up.
        const answer = apply();
        if (!lost) timeline.at(timeline.now + backMs, () => resolve(answer));
      });
    });
  return {
    read: () => call((): ReadAnswer => register.stored),
    write: (record, revision) => call(() => register.write(record, revision)),
    preferAnother: () => undefined,
  };
}

/** Longer than any chain of promises in the lease. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 30; turn += 1) await Promise.resolve();
}
