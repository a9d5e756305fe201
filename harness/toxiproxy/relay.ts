import type { Random } from '../base/random.ts';
import type { HostAndPort } from './addresses.ts';
import type { EventHub } from './events.ts';
import type { ByteCounter } from './link.ts';
import type { Scheduler } from './scheduler.ts';
import type { Direction, Toxic } from './toxic.ts';

/** Live figures of one proxy. */
export interface RelayCounters {
  readonly bytes: Readonly<Record<Direction, ByteCounter>>;
  openConnections: number;
  acceptedConnections: number;
  /** Dials of the upstream without an answer; what the client then sees is up to the toxics. */
  failedDials: number;
  /** Closed without an upstream: dial failed, toxic, or too many. */
  refusedConnections: number;
}

/** What a relay needs from its proxy. */
export interface RelayHost {
  readonly name: string;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly events: EventHub;
  readonly counters: RelayCounters;
  /** In creation order. */
  readonly toxics: readonly Toxic[];
  /** @throws Problem when the proxy's upstream is no address. */
  upstreamAddress(): HostAndPort;
  delayed(toxic: Toxic, durationMs: number): void;
}

/** The data plane of one proxy: TCP connections or UDP datagrams. */
export interface Relay {
  /** Begins to accept; resolves with the address that was really bound, rejects with the system's error. */
  listen(address: HostAndPort): Promise<HostAndPort>;
  /** Stops to accept, at once, and drops every connection. */
  stop(): void;
  addToxic(toxic: Toxic): void;
  updateToxic(toxic: Toxic): void;
  removeToxic(toxic: Toxic): void;
}
