import type { BucketLeadership, Coordinator, ReadAnswer, WriteAnswer } from './coordinator.ts';
import type { LeaseRecord } from './lease-record.ts';

/**
 * The coordination cluster, asked through several of its servers.
 *
 *   write: the server that answered last -> (no answer after HEDGE_MS) the next one too -> ... -> first answer
 *   read:  all servers at once -> the highest revision of those who answer
 *
 * The same compare-and-set sent through two servers is applied at most once; the slower copy finds a conflict.
 */
export class Coordinators {
  readonly #all: readonly Coordinator[];
  #preferred = 0;

  constructor(all: readonly Coordinator[]) {
    this.#all = all;
  }

  /** The newest answer: a server that is cut off may still answer from what it knew. @throws when none answers. */
  async read(): Promise<ReadAnswer> {
    const answers: ReadAnswer[] = [];
    const asked = this.#all.map(async (coordinator) => {
      answers.push(await coordinator.read());
    });
    await Promise.any(asked);
    await Promise.race([Promise.allSettled(asked), delay(HEDGE_MS)]);
    return answers.reduce((newest, answer) => (revisionOf(answer) > revisionOf(newest) ? answer : newest));
  }

  /** @throws when no server answers: the write may still be applied later. */
  async write(record: LeaseRecord, revision: number): Promise<WriteAnswer> {
    return await this.#hedged((coordinator) => coordinator.write(record, revision));
  }

  async createBucket(): Promise<void> {
    await this.#firstConnected().createBucket(this.#all.length);
  }

  async leadership(): Promise<BucketLeadership> {
    return await this.#firstConnected().leadership();
  }

  async stepDownLeader(): Promise<void> {
    await this.#firstConnected().stepDownLeader();
  }

  /** After a conflict: what the preferred server said was stale, so that another one should be asked first. */
  preferAnother(): void {
    this.#preferred = (this.#preferred + 1) % this.#all.length;
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#all.map((coordinator) => coordinator.close()));
  }

  #firstConnected(): Coordinator {
    const connected = this.#inOrder().find(([coordinator]) => coordinator.connected)?.[0];
    if (connected === undefined) throw new Error('No coordinator is connected');
    return connected;
  }

  async #hedged<T>(ask: (coordinator: Coordinator) => Promise<T>): Promise<T> {
    const ended = new AbortController();
    let allBefore: Promise<unknown> = Promise.resolve();
    let turn: Promise<unknown> = Promise.resolve();
    const attempts = this.#inOrder().map(([coordinator, index]) => {
      const attempt = turn.then(async () => {
        ended.signal.throwIfAborted();
        const answer = await ask(coordinator);
        this.#preferred = index;
        return answer;
      });
      // The next server's turn comes when all before it have failed, or have been silent for a while.
      allBefore = Promise.all([allBefore, attempt.catch(() => undefined)]);
      turn = Promise.race([allBefore, turn.then(() => delay(HEDGE_MS))]);
      return attempt;
    });
    try {
      return await Promise.any(attempts);
    } finally {
      ended.abort();
    }
  }

  #inOrder(): [Coordinator, number][] {
    const entries = this.#all.map((coordinator, index): [Coordinator, number] => [coordinator, index]);
    return [...entries.slice(this.#preferred), ...entries.slice(0, this.#preferred)];
  }
}

function revisionOf(answer: ReadAnswer): number {
  return answer === 'none' ? 0 : answer.revision;
}

function delay(durationMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, durationMs).unref();
  });
}

/** Many times what a write takes across a healthy cluster, small against the step-down limit. */
const HEDGE_MS = 150;
