import type { Logger } from '../log.ts';
import { bootstrap } from './bootstrap.ts';
import type { Action } from './decide.ts';
import { decideReplication, type ReplicationSituation } from './decide-replication.ts';
import type { DataDirectory } from './directory.ts';
import { fence } from './fencing.ts';
import { monotonicMs } from './monotonic.ts';
import type { NodeState } from './node-state.ts';
import { parsePosition } from './position.ts';
import type { Programs } from './programs.ts';
import type { PromiseKeeper } from './promise-keeper.ts';
import { clone, prepareSource, rewind } from './rejoin.ts';
import { ReplicationWatch } from './replication-watch.ts';
import { turnOn } from './synchronous.ts';

interface RoleActionsOptions {
  state: NodeState;
  directory: DataDirectory;
  programs: Programs;
  keeper: PromiseKeeper;
  /** Makes the place that the lease record is kept in, unless it is there. */
  createBucket: () => Promise<void>;
  log: Logger;
}

/** Carries out what was decided, one action at a time. Each may throw; the next decision starts from what is then. */
export class RoleActions {
  readonly #state: NodeState;
  readonly #directory: DataDirectory;
  readonly #programs: Programs;
  readonly #keeper: PromiseKeeper;
  readonly #createBucket: () => Promise<void>;
  readonly #log: Logger;
  #cause = 'lease-held';
  #lastRejoin: 'clone' | 'rewind' | undefined;

  constructor({ state, directory, programs, keeper, createBucket, log }: RoleActionsOptions) {
    this.#state = state;
    this.#directory = directory;
    this.#programs = programs;
    this.#keeper = keeper;
    this.#createBucket = createBucket;
    this.#log = log;
  }

  async perform(action: Action): Promise<void> {
    switch (action.kind) {
      case 'wait':
        return;
      case 'fence':
        return await fence(this.#state, this.#log, action.reason);
      case 'initialise':
        return await this.#initialise();
      case 'claim':
        return await this.#claim(action.epoch);
      case 'start-primary':
        return await this.#startPrimary();
      case 'start-standby':
        return await this.#startStandby();
      case 'clone':
      case 'rewind':
        return await this.#rejoin(action.kind);
      case 'take-over':
        return await this.#takeOver(action.cause);
      case 'promote':
        return await this.#promote();
      case 'serve':
        return await this.#serve();
    }
  }

  async #initialise(): Promise<void> {
    const { settings, instance } = this.#state;
    const { schema, password } = settings;
    await bootstrap({ directory: this.#directory, programs: this.#programs, instance, schema, password });
  }

  async #claim(epoch: number): Promise<void> {
    await this.#createBucket();
    const outcome = await this.#state.lease.claim({ epoch, lsn: this.#state.lsn });
    if (outcome === 'applied') this.#directory.unmark('unclaimed');
  }

  /** Starts closed: `serve` opens it when the standby has confirmed the position, or cannot take over any more. */
  async #startPrimary(): Promise<void> {
    const state = this.#state;
    state.role = 'starting';
    this.#directory.unmark('unclaimed');
    const { lease, instance, settings } = state;
    const synchronous = lease.inSync && settings.durability === 'sync' && settings.mutant !== 'false-in-sync';
    await instance.start('primary', { epoch: state.epoch, synchronous, writable: false, letIn: false });
    // The checkpointer answers only after it has told the others whether commits wait.
    if (synchronous) await instance.database.checkpoint();
    state.startPosition = parsePosition(await instance.database.flushedPosition());
    state.watch = new ReplicationWatch(settings.times.standbyLostMs, monotonicMs());
  }

  async #startStandby(): Promise<void> {
    const state = this.#state;
    state.role = 'starting';
    state.fedAt = monotonicMs();
    await state.instance.start('standby', { epoch: state.epoch, synchronous: false, writable: false, letIn: true });
    state.fedAt = monotonicMs();
    state.role = 'standby';
  }

  async #rejoin(wanted: 'clone' | 'rewind'): Promise<void> {
    const state = this.#state;
    const { instance, settings } = state;
    const source = settings.peer?.sql;
    if (source === undefined) throw new Error('There is nobody whose data could be taken over');
    // However this ends, what still runs gets another while to be fed before the next attempt.
    state.fedAt = monotonicMs();
    // As long as there is nothing to copy from, a standby that cannot follow still serves its reads.
    await prepareSource(source);
    // A rewind that did not lead to streaming is not repeated.
    const method = wanted === 'rewind' && this.#rewoundInVain ? 'clone' : wanted;
    state.role = 'rejoining';
    this.#log.info({ event: 'rejoin-started', method }, `this node becomes a standby by ${method}`);
    if (instance.role !== undefined) await instance.stop(STOP_MS);
    // pg_rewind recovers the cluster with this configuration: nothing in it may wait for a standby.
    instance.writeMode({ epoch: state.epoch, synchronous: false, writable: false, letIn: false });
    const rejoin = { directory: this.#directory, programs: this.#programs, source };
    state.fedSinceRejoin = false;
    this.#lastRejoin = method;
    await (method === 'clone' ? clone(rejoin) : rewind(rejoin));
  }

  get #rewoundInVain(): boolean {
    return this.#lastRejoin === 'rewind' && !this.#state.fedSinceRejoin;
  }

  async #takeOver(cause: 'lease-expired' | 'released'): Promise<void> {
    const { lease, lsn } = this.#state;
    const { record } = lease;
    if (typeof record !== 'object') return;
    this.#cause = cause;
    await lease.takeOver(record, lsn, () => lease.expired && !this.#keeper.bound);
  }

  /**
   * Every promise has ended before the takeover was sent, and none was given since. Until the change of mode at the
   * end, a session of the application can only read.
   */
  async #promote(): Promise<void> {
    const state = this.#state;
    const { instance, epoch } = state;
    state.role = 'promoting';
    this.#log.info({ event: 'promotion-started', epoch, cause: this.#cause }, 'promoting PostgreSQL');
    const { lsn } = await instance.promote();
    state.watch = new ReplicationWatch(state.settings.times.standbyLostMs, monotonicMs());
    this.#log.info({ event: 'promoted', epoch, lsn }, 'PostgreSQL has left recovery');
    await this.#open();
    // pg_rewind learns of the new timeline from the control file, which a checkpoint writes.
    instance.database.checkpoint().catch((error: unknown) => this.#log.warn({ err: error }, 'no checkpoint was made'));
  }

  async #open(): Promise<void> {
    const state = this.#state;
    const { instance, epoch } = state;
    if (!state.authority) return;
    await instance.change({ epoch, writable: true, letIn: true });
    if (!state.authority || instance.role !== 'primary' || state.fencing) return;
    state.open = true;
    state.role = 'primary';
    this.#log.info({ event: 'primary-open', epoch }, 'reads and writes are served');
  }

  async #serve(): Promise<void> {
    const state = this.#state;
    const { lease, instance } = state;
    if (state.fencing) return;
    if (state.settings.mutant === 'false-in-sync') return await this.#serveFalselyInSync();
    switch (decideReplication(this.#replicationSituation())) {
      case 'none':
        return;
      case 'open':
        return await this.#open();
      case 'record-out-of-sync':
        await lease.recordOutOfSync(state.lsn);
        return;
      case 'turn-off':
        await instance.change({ synchronous: false });
        this.#log.info({ event: 'synchronous-replication', value: 'off' }, 'commits do not wait for the standby');
        return;
      case 'turn-on':
        return await this.#turnOn();
    }
  }

  async #turnOn(): Promise<void> {
    const state = this.#state;
    await turnOn({
      instance: state.instance,
      lease: state.lease,
      flushed: () => state.standbyHealth().flushed,
      catchUpMs: state.settings.times.standbyLostMs,
      onWaiting: () =>
        this.#log.info({ event: 'synchronous-replication', value: 'on' }, 'every commit waits for the standby'),
    });
  }

  /** The mutant: commits never wait, and the record claims from the first standby on that it has everything. */
  async #serveFalselyInSync(): Promise<void> {
    const state = this.#state;
    if (!state.open) await this.#open();
    if (!state.lease.inSync && state.standbyHealth().healthy) await state.lease.recordInSync(state.lsn);
  }

  #replicationSituation(): ReplicationSituation {
    const state = this.#state;
    const { healthy, silentMs, lagBytes, flushed } = state.standbyHealth();
    return {
      durability: state.settings.durability,
      open: state.open,
      synchronous: state.instance.mode.synchronous,
      inSync: state.lease.inSync,
      standbyHealthy: healthy,
      silentMs,
      standbyLostMs: state.settings.times.standbyLostMs,
      startConfirmed: flushed >= state.startPosition,
      lagBytes,
    };
  }
}

const STOP_MS = 2000;
