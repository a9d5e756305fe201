import type { Coordinators } from './coordinators.ts';

/**
 * Moves the leadership of the lease's bucket to the preferred coordinator: losing a datacenter then never costs an
 * election. NATS 2.9 cannot be told whom to choose, so the leader is asked to step down until the right one leads,
 * ever more rarely; and never while the preferred one is not current.
 */
export class LeaderPin {
  readonly #coordinators: Coordinators;
  readonly #preferred: string;
  #waitMs = WAIT_MS_LEAST;

  constructor(coordinators: Coordinators, preferred: string) {
    this.#coordinators = coordinators;
    this.#preferred = preferred;
  }

  /** One look, and a request if needed. Returns in how many milliseconds to look again. @throws when nobody answers. */
  async check(): Promise<number> {
    const { leader, current } = await this.#coordinators.leadership();
    if (leader === this.#preferred) {
      this.#waitMs = WAIT_MS_LEAST;
      return LOOK_MS;
    }
    if (leader === undefined || !current.includes(this.#preferred)) return LOOK_MS;
    await this.#coordinators.stepDownLeader();
    const waitMs = this.#waitMs;
    this.#waitMs = Math.min(waitMs * 2, WAIT_MS_MOST);
    return waitMs;
  }
}

const LOOK_MS = 2000;
const WAIT_MS_LEAST = 500;
const WAIT_MS_MOST = 30_000;
