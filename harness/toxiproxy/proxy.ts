import { systemClock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Random } from '../base/random.ts';
import { formatAddress, type HostAndPort, parseAddress, resolveListenAddress } from './addresses.ts';
import { listenFailed, toxicAlreadyExists, toxicNotFound } from './api-error.ts';
import type { EventHub } from './events.ts';
import type { LeaseBook } from './leases.ts';
import type { Relay, RelayCounters, RelayHost } from './relay.ts';
import type { Scheduler } from './scheduler.ts';
import { TcpRelay } from './tcp-relay.ts';
import type { Direction, Toxic } from './toxic.ts';
import type { ToxicChange, ToxicRequest } from './toxic-request.ts';
import { UdpRelay } from './udp-relay.ts';

export type Protocol = 'tcp' | 'udp';

/** What all proxies of a server share. */
export interface ProxyEnvironment {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly events: EventHub;
  readonly leases: LeaseBook;
  /** Does changes of proxies one after the other. */
  exclusively<T>(change: () => Promise<T>): Promise<T>;
  delayed(proxy: ToxicProxy, direction: Direction, durationMs: number): void;
}

interface ProxyOptions {
  name: string;
  listen: string;
  upstream: string;
  protocol: Protocol;
}

/** A listener, where it leads, and the toxics on its way. */
export class ToxicProxy implements RelayHost {
  readonly name: string;
  readonly protocol: Protocol;
  readonly random: Random;
  readonly counters: RelayCounters = {
    bytes: { upstream: { receivedBytes: 0, sentBytes: 0 }, downstream: { receivedBytes: 0, sentBytes: 0 } },
    openConnections: 0,
    acceptedConnections: 0,
    failedDials: 0,
    refusedConnections: 0,
  };
  readonly #environment: ProxyEnvironment;
  readonly #relay: Relay;
  #listen: string;
  #upstream: string;
  #upstreamAddress: HostAndPort | undefined;
  #enabled = false;
  #toxics: Toxic[] = [];
  readonly #leaseMs = new Map<Toxic, number>();

  constructor({ name, listen, upstream, protocol }: ProxyOptions, environment: ProxyEnvironment) {
    this.name = name;
    this.protocol = protocol;
    this.random = environment.random.split(`proxy ${name}`);
    this.#listen = listen;
    this.#upstream = upstream;
    this.#environment = environment;
    this.#relay = protocol === 'udp' ? new UdpRelay(this) : new TcpRelay(this);
  }

  /** As it was asked for until it was first bound, then the real address. */
  get listen(): string {
    return this.#listen;
  }

  get upstream(): string {
    return this.#upstream;
  }

  get enabled(): boolean {
    return this.#enabled;
  }

  /** In creation order, both directions. */
  get toxics(): readonly Toxic[] {
    return this.#toxics;
  }

  get scheduler(): Scheduler {
    return this.#environment.scheduler;
  }

  get events(): EventHub {
    return this.#environment.events;
  }

  upstreamAddress(): HostAndPort {
    this.#upstreamAddress ??= parseAddress(this.#upstream);
    return this.#upstreamAddress;
  }

  delayed(toxic: Toxic, durationMs: number): void {
    this.#environment.delayed(this, toxic.direction, durationMs);
  }

  /** Does nothing when it is enabled already. @throws ApiError 500 when the listener cannot be bound. */
  async enable(): Promise<void> {
    this.#environment.leases.release(this);
    if (this.#enabled) return;
    try {
      this.#listen = formatAddress(await this.#relay.listen(await resolveListenAddress(this.#listen)));
    } catch (thrown) {
      throw listenFailed(listenProblem(this.protocol, this.#listen, thrown));
    }
    this.#enabled = true;
    this.events.publish({ event: 'proxy-enabled', proxy: this.name });
  }

  /** Connections are dropped and new ones refused; `leaseMs` later it is enabled again unless that is renewed. */
  disable(leaseMs?: number): void {
    this.#environment.leases.release(this);
    if (leaseMs !== undefined && leaseMs > 0) {
      this.#environment.leases.grant(this, leaseMs, () => this.#leaseOfDisabledEnded());
    }
    if (!this.#enabled) return;
    this.#enabled = false;
    this.#relay.stop();
    this.events.publish({ event: 'proxy-disabled', proxy: this.name });
  }

  /** Whether it would have to be restarted to listen and lead there. Port 0 is always another one. */
  async differsFrom({ listen, upstream }: { listen: string; upstream: string }): Promise<boolean> {
    if (upstream !== this.#upstream) return true;
    if (listen === this.#listen && !listen.endsWith(':0')) return false;
    try {
      const [mine, other] = await Promise.all([resolveListenAddress(this.#listen), resolveListenAddress(listen)]);
      return other.port === 0 || formatAddress(mine) !== formatAddress(other);
    } catch {
      return listen !== this.#listen;
    }
  }

  /** Drops every connection; toxics are kept. The proxy is disabled after this. */
  move({ listen, upstream }: { listen: string; upstream: string }): void {
    this.disable();
    this.#listen = listen;
    this.#upstream = upstream;
    this.#upstreamAddress = undefined;
  }

  /** For a proxy that goes: stops it and ends every lease on it. */
  dispose(): void {
    this.disable();
    for (const toxic of this.#toxics) this.#environment.leases.release(toxic);
  }

  toxic(name: string): Toxic {
    const toxic = this.#toxics.find((candidate) => candidate.name === name);
    if (toxic === undefined) throw toxicNotFound();
    return toxic;
  }

  /** @throws ApiError 409 when the name is taken. */
  expectFreeToxicName(name: string): void {
    if (this.#toxics.some((toxic) => toxic.name === name)) throw toxicAlreadyExists();
  }

  leaseMsOf(toxic: Toxic): number | undefined {
    return this.#leaseMs.get(toxic);
  }

  /** Acts on live connections before it returns; the time is milliseconds since the epoch. */
  addToxic({ toxic, leaseMs }: ToxicRequest): number {
    this.#toxics.push(toxic);
    this.#relay.addToxic(toxic);
    this.#lease(toxic, leaseMs);
    return this.#publish('toxic-applied', toxic);
  }

  /** Acts on live connections before it returns; the time is milliseconds since the epoch. */
  updateToxic(toxic: Toxic, change: ToxicChange): number {
    this.#lease(toxic, change.leaseMs);
    if (!change.changesBehaviour) return systemClock.now();
    toxic.attributes = change.attributes;
    toxic.toxicity = change.toxicity;
    toxic.peers = change.peers;
    toxic.peerFilter = change.peerFilter;
    this.#relay.updateToxic(toxic);
    return this.#publish('toxic-updated', toxic);
  }

  /** Acts on live connections before it returns; the time is milliseconds since the epoch. */
  removeToxic(toxic: Toxic): number {
    this.#environment.leases.release(toxic);
    this.#leaseMs.delete(toxic);
    this.#toxics = this.#toxics.filter((other) => other !== toxic);
    this.#relay.removeToxic(toxic);
    return this.#publish('toxic-removed', toxic);
  }

  removeAllToxics(): void {
    for (const toxic of [...this.#toxics]) this.removeToxic(toxic);
  }

  #lease(toxic: Toxic, leaseMs: number | undefined): void {
    if (leaseMs === undefined) return;
    this.#environment.leases.release(toxic);
    this.#leaseMs.delete(toxic);
    if (leaseMs === 0) return;
    this.#leaseMs.set(toxic, leaseMs);
    this.#environment.leases.grant(toxic, leaseMs, () => {
      this.events.publish({ event: 'lease-ended', proxy: this.name, toxic: toxic.name });
      this.removeToxic(toxic);
    });
  }

  #leaseOfDisabledEnded(): void {
    this.events.publish({ event: 'lease-ended', proxy: this.name, toxic: null });
    this.#environment
      .exclusively(() => this.enable())
      .catch((error: unknown) => {
        process.emitWarning(`Proxy ${this.name} could not be enabled when its lease ended: ${messageOf(error)}`);
      });
  }

  #publish(event: 'toxic-applied' | 'toxic-updated' | 'toxic-removed', toxic: Toxic): number {
    const { name, kind, stream } = toxic;
    return this.events.publish({ event, proxy: this.name, toxic: name, type: kind.type, stream });
  }
}

const SYSTEM_MESSAGES: Readonly<Record<string, string>> = {
  EADDRINUSE: 'address already in use',
  EACCES: 'permission denied',
  EADDRNOTAVAIL: 'cannot assign requested address',
};

/** `tcp 127.0.0.1:80: bind: permission denied`, or what is wrong with the address itself. */
function listenProblem(protocol: Protocol, listen: string, thrown: unknown): string {
  if (!(thrown instanceof Error && 'syscall' in thrown && 'code' in thrown)) return `${protocol}: ${messageOf(thrown)}`;
  const reason = SYSTEM_MESSAGES[String(thrown.code)] ?? messageOf(thrown);
  return `${protocol} ${listen.replace(/^localhost:/, '127.0.0.1:')}: bind: ${reason}`;
}
