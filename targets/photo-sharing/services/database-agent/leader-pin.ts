import type { Coordinators } from './coordinators.ts';

type LeaderVotes = Pick<Coordinators, 'leadership' | 'stepDownLeader'>;

/**
 * Moves the leadership of the lease's bucket to the preferred coordinator: losing a datacenter then never costs an
 * election. NATS 2.9 cannot be told whom to choose, so the leader is asked to step down until the right one leads,
 * ever more rarely. Never while any server is missing: an election among fewer takes seconds, in which the lease cannot
 * be renewed, and that would fence a healthy primary in the middle of somebody else's outage.
 */
export class LeaderPin {
  readonly #coordinators: LeaderVotes;
  readonly #preferred: string;
  #waitMs = WAIT_MS_LEAST;

  constructor(coordinators: LeaderVotes, preferred: string) {
    this.#coordinators = coordinators;
    this.#preferred = preferred;
  }

  /** One look, and a request if needed. Returns in how many milliseconds to look again. @throws when nobody answers. */
  async check(): Promise<number> {
    const { leader, allFollow } = await this.#coordinators.leadership();
    if (leader === this.#preferred) {
      this.#waitMs = WAIT_MS_LEAST;
      return LOOK_MS;
    }
    if (leader === undefined || !allFollow) return LOOK_MS;
    await this.#coordinators.stepDownLeader();
    const waitMs = this.#waitMs;
    this.#waitMs = Math.min(waitMs * WAIT_GROWTH, WAIT_MS_MOST);
    return waitMs;
  }
}

const LOOK_MS = 2000;
const WAIT_MS_LEAST = 500;
const WAIT_MS_MOST = 30_000;
/** One of the two others is chosen at random: ten attempts in the first 14 s leave one chance in a thousand. */
const WAIT_GROWTH = 1.25;
