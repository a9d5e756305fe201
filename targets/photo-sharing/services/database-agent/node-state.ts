import { type Grounds, isFailsafe, servesUntil } from './authority.ts';
import type { DatabaseStatus } from './database.ts';
import { Freshness } from './freshness.ts';
import type { Instance } from './instance.ts';
import type { Lease } from './lease.ts';
import { monotonicMs } from './monotonic.ts';
import type { AgentState } from './peer.ts';
import { ReplicationWatch, type StandbyHealth } from './replication-watch.ts';
import type { Settings } from './settings.ts';

/** What the node is doing, in the words of GET /state. */
type NodeRole = 'starting' | 'primary' | 'promoting' | 'standby' | 'rejoining' | 'fenced';

/** Everything the agent's loops share about this node, and the questions that health endpoints ask of it. */
export class NodeState {
  readonly settings: Settings;
  readonly instance: Instance;
  readonly lease: Lease;
  role: NodeRole = 'starting';
  /** The application is let in as to a primary. */
  open = false;
  fencing = false;
  /** Start of the last request that the standby answered with its promise. */
  promisedAt: number | undefined;
  status: DatabaseStatus | undefined;
  statusAt = monotonicMs();
  /** Last time this standby was seen streaming. */
  fedAt = monotonicMs();
  fedSinceRejoin = false;
  freshness = new Freshness();
  watch: ReplicationWatch;
  peer: AgentState | undefined;
  /** Where this primary's log ended when it started. */
  startPosition = 0n;

  constructor(settings: Settings, instance: Instance, lease: Lease) {
    this.settings = settings;
    this.instance = instance;
    this.lease = lease;
    this.watch = new ReplicationWatch(settings.times.standbyLostMs, monotonicMs());
  }

  get grounds(): Grounds {
    const { renewedAt } = this.lease;
    return { renewedAt, promisedAt: this.promisedAt, stepDownMs: this.settings.times.stepDownMs };
  }

  /** Until when this node may serve as primary; for ever where nobody could take over, and for the mutant `no-fencing`. */
  get servesUntil(): number {
    const unfenced = this.settings.peer === undefined || this.settings.mutant === 'no-fencing';
    if (unfenced && this.lease.held) return Number.POSITIVE_INFINITY;
    // A promise counts only while this node still believes itself the holder.
    return servesUntil(this.lease.held ? this.grounds : { ...this.grounds, promisedAt: undefined });
  }

  get authority(): boolean {
    return monotonicMs() < this.servesUntil;
  }

  get failsafe(): boolean {
    return this.open && isFailsafe(this.grounds, monotonicMs());
  }

  /** Writes may go here. */
  get servesAsPrimary(): boolean {
    return this.open && !this.fencing && this.instance.role === 'primary' && this.authority;
  }

  get streaming(): boolean {
    return this.instance.role === 'standby' && this.status?.role === 'standby' && this.status.streaming;
  }

  /** An upper limit of how old reads here may be, in ms; infinite when nothing is known. */
  get lagMs(): number {
    return this.servesAsPrimary ? 0 : this.freshness.staleMs(monotonicMs());
  }

  /** Reads may go here. */
  get servesReads(): boolean {
    if (this.servesAsPrimary) return true;
    const reading = this.role === 'standby' || this.role === 'promoting';
    return reading && !this.fencing && this.instance.role !== undefined && this.lagMs <= this.settings.lagLimitMs;
  }

  get ready(): boolean {
    const { peer, durability } = this.settings;
    if (this.servesAsPrimary) return peer === undefined || durability === 'async' || this.inSync;
    return this.streaming;
  }

  get epoch(): number {
    const { record } = this.lease;
    return typeof record === 'object' ? record.epoch : 0;
  }

  /** What the record says, as last seen. */
  get inSync(): boolean {
    const { record } = this.lease;
    return typeof record === 'object' && record.inSync;
  }

  get lsn(): string {
    return this.status?.lsn ?? '0/0';
  }

  standbyHealth(): StandbyHealth {
    return this.watch.health(monotonicMs());
  }

  toJson(): AgentState {
    const { node, zone } = this.settings;
    const lagMs = Number.isFinite(this.lagMs) ? Math.round(this.lagMs) : null;
    return {
      node,
      zone,
      role: this.role,
      epoch: this.epoch,
      inSync: this.inSync,
      lsn: this.lsn,
      lsnAgeMs: Math.ceil(monotonicMs() - this.statusAt),
      lagMs,
      streaming: this.streaming,
      ready: this.ready,
    };
  }
}
