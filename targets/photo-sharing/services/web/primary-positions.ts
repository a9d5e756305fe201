import { comparablePosition, type ReadPosition } from './read-position.ts';

/** Beyond it the oldest are forgotten: then less is known until a slow transaction is over, and nothing wrong. */
const OBSERVATIONS_MAX = 1000;

/** What the primary says of itself before a read. */
export interface PrimaryState {
  name: string;
  /** A position that will outlive a failover; null when there is none now. */
  durable: ReadPosition | null;
  /** The transaction id that is given out next, read after `durable`. */
  nextId: bigint;
  /** Of the transactions that were in progress, the oldest one's; before `durable`. */
  oldestId: bigint;
}

/**
 * Tells which position of the primary's log a read there contains. The current one will not do: a commit is in the log
 * before its transaction is over, which is when others see it, and in between it waits for the standby. Nor is it enough
 * that a snapshot knows nobody in progress: transactions newer than the last one that ended are not listed in it.
 *
 * But transactions are numbered as they begin to write. Whoever has committed at a position or before it had a number
 * below the next one to be given out, read after the position. Once all transactions below that number are over, whatever
 * is read contains the position. So positions are observed now, and hold for reads some time later: usually as long as a
 * transaction lasts. One that never ends stops that, and nothing more of the primary is kept.
 */
export class PrimaryPositions {
  #name = '';
  /** The newest one that holds, if any, and those that do not hold yet. */
  #observed: Observation[] = [];

  /** The newest known position that a read which begins now contains. Undefined: none is known. */
  containedIn({ name, durable, nextId, oldestId }: PrimaryState): ReadPosition | undefined {
    const known = name === this.#name ? this.#observed : [];
    const all = durable === null ? known : [...known, { durable, nextId }];
    const newest = all.filter((one) => one.nextId <= oldestId).reduce<Observation | undefined>(newer, undefined);
    const pending = all.filter((one) => one.nextId > oldestId).slice(-OBSERVATIONS_MAX);
    this.#name = name;
    this.#observed = newest === undefined ? pending : [newest, ...pending];
    return newest?.durable;
  }
}

interface Observation {
  durable: ReadPosition;
  nextId: bigint;
}

function newer(one: Observation | undefined, other: Observation): Observation {
  return one !== undefined && comparablePosition(one.durable) >= comparablePosition(other.durable) ? one : other;
}
