import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../log.ts';
import { beat } from './beat.ts';
import { Coordinator } from './coordinator.ts';
import { Coordinators } from './coordinators.ts';
import { DeadManLink } from './dead-man-link.ts';
import { type Action, canHold, decide, type Situation } from './decide.ts';
import { DataDirectory } from './directory.ts';
import { EventLog } from './event-log.ts';
import { fence } from './fencing.ts';
import { Instance } from './instance.ts';
import { LeaderPin } from './leader-pin.ts';
import { Lease } from './lease.ts';
import { LoneStore } from './lone-store.ts';
import { monotonicMs } from './monotonic.ts';
import { NodeState } from './node-state.ts';
import { PeerAgent } from './peer.ts';
import { Programs } from './programs.ts';
import { type PromiseAnswer, PromiseKeeper, type PromiseRequest } from './promise-keeper.ts';
import { RoleActions } from './role-actions.ts';
import type { Settings } from './settings.ts';
import { findProgramUser } from './user.ts';

/**
 * The agent: independent loops over one state, so that nothing slow delays what must be quick.
 *
 *   lease    renews (as holder) or observes the record          guard    fences when the right to serve ends
 *   promise  asks the standby when renewals fail                sample   reads PostgreSQL's positions
 *   peer     asks the other agent what it is                    pin      moves the lease's leader to the witness
 *   role     looks at all of it, decides one action, does it
 */
export class Agent {
  readonly state: NodeState;
  readonly #settings: Settings;
  readonly #log: Logger;
  readonly #events: EventLog;
  readonly #directory: DataDirectory;
  readonly #programs: Programs;
  readonly #nodes: readonly Coordinator[];
  readonly #coordinators: Coordinators | LoneStore;
  readonly #keeper: PromiseKeeper;
  readonly #peer: PeerAgent | undefined;
  readonly #pin: LeaderPin;
  readonly #actions: RoleActions;
  readonly #deadMan: DeadManLink;
  readonly #ending = new AbortController();
  #loops: Promise<unknown> = Promise.resolve();
  #lastAction = '';
  /** While it lasts this node lets the lease run out, because it cannot serve. */
  #resignedUntil = Number.NEGATIVE_INFINITY;
  #failures = 0;

  constructor(settings: Settings, log: Logger) {
    this.#settings = settings;
    this.#log = log;
    const user = findProgramUser();
    this.#directory = new DataDirectory(settings.directory, user);
    this.#programs = new Programs(settings.programs, user);
    this.#nodes = settings.coordinators.map((address) => new Coordinator(address, settings.times.requestMs));
    this.#coordinators = settings.peer === undefined ? new LoneStore() : new Coordinators(this.#nodes);
    const { leaseMs } = settings.times;
    const lease = new Lease({ node: settings.node, leaseMs, store: this.#coordinators, now: monotonicMs });
    const instance = new Instance(settings, this.#directory, this.#programs);
    this.state = new NodeState(settings, instance, lease);
    this.#events = new EventLog(this.state, log);
    this.#keeper = new PromiseKeeper(leaseMs, monotonicMs);
    this.#peer = settings.peer && new PeerAgent(settings.peer.agent);
    this.#pin = new LeaderPin(this.#coordinators, settings.preferredLeader);
    const [state, directory, programs, keeper] = [this.state, this.#directory, this.#programs, this.#keeper];
    const createBucket = () => this.#coordinators.createBucket();
    this.#actions = new RoleActions({ state, directory, programs, keeper, createBucket, log });
    this.#deadMan = new DeadManLink(this.#directory.cluster, settings);
  }

  /** Ends what an earlier life has left serving, before anything else, and then starts the loops. */
  async start(): Promise<void> {
    if (await this.state.instance.endLeftOver()) this.#log.warn('a PostgreSQL without its agent was ended');
    for (const node of this.#nodes) void node.keepConnected(this.#settings.node);
    this.#loops = Promise.all([
      this.#beat('guard', 25, () => this.#guard()),
      this.#beat('lease', 100, () => this.#keepLease()),
      this.#beat('promise', 100, () => this.#askPromise()),
      this.#beat('peer', 250, () => this.#askPeer()),
      this.#beat('sample', 100, () => this.#sample()),
      this.#beat('pin', 500, () => this.#pinLeader()),
      this.#beat('role', 200, () => this.#act()),
    ]);
  }

  /** Lets the standby have everything and gives the lease away, so that it can take over at once. */
  async stop(): Promise<void> {
    this.#ending.abort();
    this.#programs.stop();
    const { state } = this;
    const served = state.servesAsPrimary;
    state.open = false;
    state.role = 'fenced';
    await Promise.race([this.#loops, sleep(LOOPS_MS)]);
    await state.instance.stop(STOP_MS);
    if (served) {
      this.#log.info({ event: 'primary-closed', epoch: state.epoch }, 'nothing is served any more: the agent ends');
      await state.lease.release(state.lsn);
    }
    this.#deadMan.close();
    await this.#coordinators.close();
    await state.instance.database.close();
  }

  promise(request: PromiseRequest): PromiseAnswer {
    const { lease, instance } = this.state;
    const servesAsPrimary = instance.role === 'primary';
    const { record, takeoverPending } = lease;
    return this.#keeper.answer(request, { record, takeoverPending, servesAsPrimary });
  }

  #guard(): number {
    const { state } = this;
    const { role, postmaster } = state.instance;
    const until = role === 'primary' && this.#claimed ? finite(state.servesUntil) : null;
    this.#deadMan.tell({ postmaster, until, epoch: state.epoch });
    if (role === 'primary' && this.#claimed && !state.authority && !state.fencing) {
      void fence(state, this.#log, this.#whyNoAuthority());
    }
    this.#noticeEnd();
    return GUARD_MS;
  }

  /**
   * PostgreSQL ended by itself, or the dead-man's switch ended it while this process was stopped. Its sessions may
   * outlive its postmaster by the statement that they are at, so they are ended before this node says that it is closed.
   */
  #noticeEnd(): void {
    const { state } = this;
    if (state.instance.role === undefined && state.open) void fence(state, this.#log, 'PostgreSQL has ended');
  }

  /** A first primary that is only being made serves nobody. */
  get #claimed(): boolean {
    return this.#directory.kind === 'primary' || this.#directory.kind === 'standby';
  }

  #whyNoAuthority(): string {
    const { record } = this.state.lease;
    const taken = typeof record === 'object' && record.holder !== this.#settings.node;
    return taken
      ? `the lease is held by ${record.holder}`
      : 'neither the lease nor a promise of the standby was renewed';
  }

  async #keepLease(): Promise<number> {
    const { lease } = this.state;
    const startedAt = monotonicMs();
    const { renewMs } = this.#settings.times;
    const mayHold = canHold(this.#directory.kind) && startedAt >= this.#resignedUntil;
    if (!lease.held || !mayHold) {
      await lease.observe();
      this.#learn();
      return OBSERVE_MS;
    }
    const outcome = await lease.renew(this.state.lsn);
    this.#events.renewal(outcome);
    this.#learn();
    if (outcome !== 'applied') return RETRY_MS;
    return Math.max(0, startedAt + renewMs - monotonicMs());
  }

  #learn(): void {
    const { record, changedAt } = this.state.lease;
    this.#events.record();
    if (typeof record !== 'object') return;
    const { holder, epoch } = record;
    const known = this.#directory.knownHolder;
    if (known?.holder !== holder || known.epoch !== epoch) this.#directory.knownHolder = { holder, epoch };
    if (holder !== this.#settings.node && changedAt !== undefined) {
      this.state.freshness.primaryWasAt(record.lsn, changedAt - RECORD_AGE_MS);
    }
  }

  async #askPromise(): Promise<number> {
    const { state } = this;
    const { lease } = state;
    const startedAt = monotonicMs();
    const renewedAt = lease.renewedAt ?? Number.NEGATIVE_INFINITY;
    const needed = state.instance.role === 'primary' && lease.held && startedAt - renewedAt > PROMISE_AFTER_MS;
    if (needed && this.#claimed && this.#peer !== undefined) {
      const { node, times } = this.#settings;
      const granted = await this.#peer.promises({ from: node, epoch: state.epoch, promiseMs: times.leaseMs });
      if (granted) state.promisedAt = startedAt;
    }
    this.#events.failsafe();
    return PROMISE_MS;
  }

  async #askPeer(): Promise<number> {
    const { state } = this;
    const startedAt = monotonicMs();
    state.peer = await this.#peer?.state();
    if (state.peer?.role === 'primary') {
      state.freshness.primaryWasAt(state.peer.lsn, startedAt - state.peer.lsnAgeMs);
    }
    return PEER_MS;
  }

  async #sample(): Promise<number> {
    const { state } = this;
    if (state.instance.role === undefined) return SAMPLE_MS;
    const startedAt = monotonicMs();
    try {
      state.status = await state.instance.database.status(this.#settings.peer?.name);
      state.statusAt = startedAt;
    } catch (error) {
      this.#noticeSilence(error);
      return SAMPLE_MS;
    }
    if (state.status.role === 'primary') state.watch.observe(state.status, monotonicMs());
    else state.freshness.replayed(state.status.lsn);
    if (state.streaming) {
      state.fedAt = monotonicMs();
      state.fedSinceRejoin = true;
    }
    this.#events.replication();
    return SAMPLE_MS;
  }

  /** A primary whose PostgreSQL runs but answers nothing is worse than none: the standby could serve. */
  #noticeSilence(error: unknown): void {
    const { state } = this;
    if (!state.open || monotonicMs() - state.statusAt < SILENCE_MS) return;
    this.#log.error({ err: error }, `PostgreSQL has not answered for ${SILENCE_MS} ms`);
    this.#resign();
    void fence(state, this.#log, 'PostgreSQL does not answer');
  }

  async #pinLeader(): Promise<number> {
    return this.state.open ? await this.#pin.check() : PIN_IDLE_MS;
  }

  async #act(): Promise<number> {
    // Before anything is decided: a PostgreSQL that is started again must not pass for the one that was open.
    this.#noticeEnd();
    if (this.state.fencing) return ACT_MS;
    const action = decide(this.#situation());
    this.#note(action);
    try {
      await this.#actions.perform(action);
      this.#events.record();
      if (action.kind !== 'wait' && action.kind !== 'fence') this.#failures = 0;
    } catch (error) {
      this.#failures += 1;
      if (action.kind === 'start-primary' && this.#failures >= FAILURES_MOST) this.#resign();
      // A standby that cannot even start, while its primary is there to copy from, starts over.
      const hopeless = this.#failures >= FAILURES_MOST && this.state.peer?.role === 'primary';
      if (action.kind === 'start-standby' && hopeless) this.#directory.mark('incomplete');
      throw error;
    }
    return ACT_MS;
  }

  /** Lets the lease run out, so that the standby can take over if it may. */
  #resign(): void {
    this.#resignedUntil = monotonicMs() + this.#settings.times.leaseMs * 2;
    this.#failures = 0;
  }

  #note(action: Action): void {
    const text = JSON.stringify(action);
    if (text !== this.#lastAction) this.#log.debug({ action }, 'decided');
    this.#lastAction = text;
  }

  #situation(): Situation {
    const { state } = this;
    const { node, initialRole, durability, mutant, lagLimitMs } = this.#settings;
    const { lease, instance } = state;
    return {
      node,
      initialRole,
      durability,
      neverPromotes: mutant === 'no-promotion',
      record: lease.record,
      lastKnown: this.#directory.knownHolder,
      expired: lease.expired,
      promised: this.#keeper.bound,
      authority: state.authority,
      directory: this.#directory.kind,
      database: instance.role ?? 'stopped',
      lagMs: state.freshness.staleMsAt(lease.changedAt ?? monotonicMs()),
      lagLimitMs,
      unfedMs: monotonicMs() - state.fedAt,
      peerOpen: state.peer?.role === 'primary',
    };
  }

  #beat(name: string, retryMs: number, work: () => Promise<number> | number): Promise<void> {
    const { signal } = this.#ending;
    const onError = (error: unknown) => this.#events.trouble(name, error);
    return beat(work, { signal, retryMs, onError });
  }
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : value < 0 ? 0 : null;
}

const GUARD_MS = 25;
const OBSERVE_MS = 150;
const RETRY_MS = 50;
const PEER_MS = 250;
const SAMPLE_MS = 100;
const ACT_MS = 50;
const PIN_IDLE_MS = 500;
const PROMISE_MS = 150;
/** One missed renewal; leaves time for several requests before the step-down limit. */
const PROMISE_AFTER_MS = 600;
/** The position in a record is at most this much older than the first sight of the record. */
const RECORD_AGE_MS = 1000;
const SILENCE_MS = 5000;
const FAILURES_MOST = 2;
/** Within the two seconds that a service has to end. */
const STOP_MS = 1000;
const LOOPS_MS = 300;
