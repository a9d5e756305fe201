import { type AddressInfo, createServer, type Server } from 'node:net';
import type { Random } from '../base/random.ts';
import { type AcceptedHandle, takeConnections } from './accepting.ts';
import type { HostAndPort } from './addresses.ts';
import { Connection, type ConnectionHost } from './connection.ts';
import type { Relay, RelayHost } from './relay.ts';
import type { Toxic } from './toxic.ts';
import type { Admission } from './toxic-kind.ts';

/** More connections than this at once on one proxy are dropped as they come, so that a flood has a bound. */
const CONNECTIONS_MAX = 16_384;
const BACKLOG = 1024;

export class TcpRelay implements Relay, ConnectionHost {
  readonly #host: RelayHost;
  readonly #connectionsMax: number;
  readonly #connections = new Set<Connection>();
  #server: Server | undefined;

  constructor(host: RelayHost, { connectionsMax = CONNECTIONS_MAX }: { connectionsMax?: number } = {}) {
    this.#host = host;
    this.#connectionsMax = connectionsMax;
  }

  async listen(address: HostAndPort): Promise<HostAndPort> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ ...address, backlog: BACKLOG, exclusive: true }, () => {
        takeConnections(server, (handle) => this.#accept(handle));
        resolve();
      });
    });
    this.#server = server;
    const bound = server.address() as AddressInfo;
    return { host: bound.address, port: bound.port };
  }

  stop(): void {
    this.#server?.close();
    this.#server = undefined;
    for (const connection of [...this.#connections]) connection.abandon();
  }

  addToxic(toxic: Toxic): void {
    for (const connection of [...this.#connections]) connection.addToxic(toxic);
  }

  updateToxic(toxic: Toxic): void {
    for (const connection of [...this.#connections]) connection.updateToxic(toxic);
  }

  removeToxic(toxic: Toxic): void {
    for (const connection of [...this.#connections]) connection.removeToxic(toxic);
  }

  get scheduler() {
    return this.#host.scheduler;
  }

  get toxics() {
    return this.#host.toxics;
  }

  get counters() {
    return this.#host.counters.bytes;
  }

  random(connection: number, toxic: Toxic): Random {
    return this.#host.random.split(`connection ${connection}`).split(`toxic ${toxic.name}`);
  }

  upstreamAddress(): HostAndPort {
    return this.#host.upstreamAddress();
  }

  delayed(toxic: Toxic, durationMs: number): void {
    this.#host.delayed(toxic, durationMs);
  }

  /** Asking a socket for its peer costs a system call: only when somebody listens. */
  opened(connection: Connection): void {
    this.#host.counters.openConnections += 1;
    if (!this.#host.events.observed) return;
    const { number, clientAddress: client } = connection;
    this.#host.events.publish({ event: 'connection-opened', proxy: this.#host.name, connection: number, client });
  }

  dialFailed(): void {
    this.#host.counters.failedDials += 1;
  }

  refused({ number, clientAddress }: Connection, reason: string): void {
    this.#host.counters.refusedConnections += 1;
    const proxy = this.#host.name;
    this.#host.events.publish({
      event: 'connection-refused',
      proxy,
      connection: number,
      client: clientAddress,
      reason,
    });
  }

  closed(connection: Connection): void {
    if (!this.#connections.delete(connection) || !connection.opened) return;
    this.#host.counters.openConnections -= 1;
    if (!this.#host.events.observed) return;
    const { number, receivedBytes, sentBytes } = connection;
    const proxy = this.#host.name;
    this.#host.events.publish({ event: 'connection-closed', proxy, connection: number, receivedBytes, sentBytes });
  }

  #accept(handle: AcceptedHandle | undefined): void {
    if (handle === undefined || this.#connections.size >= this.#connectionsMax) {
      this.#host.counters.refusedConnections += 1;
      handle?.close();
      return;
    }
    this.#host.counters.acceptedConnections += 1;
    const connection = new Connection(this.#host.counters.acceptedConnections, handle, this);
    this.#connections.add(connection);
    connection.begin(this.#admission(connection));
  }

  /** Delays of several toxics add up; one that refuses is enough. */
  #admission(connection: Connection): Admission {
    let delayMs = 0;
    for (const toxic of this.#host.toxics) {
      if (toxic.doorkeeper === undefined || !toxic.peerFilter(connection.clientAddress)) continue;
      if (this.random(connection.number, toxic).split('admission').next() >= toxic.toxicity) continue;
      const admission = toxic.doorkeeper.admit(toxic.attributes);
      if (admission === 'refuse') return 'refuse';
      delayMs += admission.delayMs;
    }
    return { delayMs };
  }
}
