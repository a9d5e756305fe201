import type { Logger } from '../log.ts';
import type { LeaseOutcome } from './lease.ts';
import type { NodeState } from './node-state.ts';

/** Turns changes of the state into the events of the failover timeline: each change is one line, never a repetition. */
export class EventLog {
  readonly #state: NodeState;
  readonly #log: Logger;
  #heldEpoch: number | undefined;
  #failing = false;
  #inSync: boolean | undefined;
  #failsafe = false;
  #streaming = false;
  #standbyHealthy = false;
  readonly #troubles = new Map<string, string>();

  constructor(state: NodeState, log: Logger) {
    this.#state = state;
    this.#log = log;
  }

  renewal(outcome: LeaseOutcome): void {
    const failing = outcome !== 'applied';
    if (failing && !this.#failing) {
      this.#log.warn({ event: 'lease-renewal-failed', outcome }, 'the lease was not renewed');
    }
    this.#failing = failing;
  }

  /** Looks at who holds the lease, and at what the record says of the standby. */
  record(): void {
    const { lease, epoch, inSync } = this.#state;
    const heldEpoch = lease.held ? epoch : undefined;
    if (heldEpoch !== this.#heldEpoch) {
      if (heldEpoch === undefined) this.#log.warn({ event: 'lease-lost', epoch: this.#heldEpoch }, 'the lease is lost');
      else this.#log.info({ event: 'lease-acquired', epoch }, 'this node holds the lease');
      this.#heldEpoch = heldEpoch;
    }
    const recorded = lease.held ? inSync : undefined;
    if (recorded !== undefined && recorded !== this.#inSync && !(this.#inSync === undefined && !recorded)) {
      this.#log.info(
        { event: 'in-sync', value: recorded },
        `recorded: the standby is ${recorded ? '' : 'not '}in sync`,
      );
    }
    this.#inSync = recorded;
  }

  failsafe(): void {
    const { failsafe } = this.#state;
    if (failsafe !== this.#failsafe) {
      this.#log.warn(
        { event: 'failsafe', value: failsafe },
        failsafe ? 'going on by promise' : 'not by promise any more',
      );
    }
    this.#failsafe = failsafe;
  }

  replication(): void {
    const { streaming, lsn, open } = this.#state;
    if (streaming && !this.#streaming)
      this.#log.info({ event: 'standby-streaming', lsn }, 'streaming from the primary');
    this.#streaming = streaming;
    const healthy = open && this.#state.standbyHealth().healthy;
    if (open && !healthy && this.#standbyHealthy) this.#log.warn({ event: 'standby-lost' }, 'the standby fell silent');
    this.#standbyHealthy = healthy;
  }

  /** A loop's trouble: said when it changes, because a loop that fails does so many times a second. */
  trouble(loop: string, error: unknown): void {
    const text = error instanceof AggregateError ? error.errors.join('; ') : String(error);
    if (this.#troubles.get(loop) === text) return;
    this.#troubles.set(loop, text);
    this.#log.warn(
      { loop, err: error instanceof Error ? error.message : text, detail: text },
      `the ${loop} loop met trouble`,
    );
  }
}
