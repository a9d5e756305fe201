import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { messageOf } from '../base/errors.ts';
import { formatAddress, type HostAndPort } from './addresses.ts';
import { Pipeline, type PipelineHost } from './pipeline.ts';
import type { Relay, RelayHost } from './relay.ts';
import type { Alarm } from './scheduler.ts';
import type { Direction, Toxic } from './toxic.ts';

/** A client that sends nothing and gets nothing for this long is forgotten. */
const IDLE_MS = 60_000;
/** Datagrams of more clients than this at once are dropped. */
const CLIENTS_MAX = 4096;

/** One client of a UDP proxy: its own socket towards the upstream, so that answers find their way back. */
interface Session {
  readonly number: number;
  readonly client: RemoteInfo;
  readonly upstreamSocket: Socket;
  readonly pipelines: Readonly<Record<Direction, Pipeline>>;
  readonly idleAlarm: Alarm;
  readonly bytes: { receivedBytes: number; sentBytes: number };
}

/** Relays datagrams; toxics act on each one. What would have to wait in a full queue is dropped, as in a network. */
export class UdpRelay implements Relay {
  readonly #host: RelayHost;
  readonly #sessions = new Map<string, Session>();
  #socket: Socket | undefined;

  constructor(host: RelayHost) {
    this.#host = host;
  }

  async listen({ host, port }: HostAndPort): Promise<HostAndPort> {
    const socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4' });
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind({ address: host, port, exclusive: true }, resolve);
    }).catch((error: unknown) => {
      socket.close();
      throw error;
    });
    socket.removeAllListeners('error');
    socket.on('error', ignoreError);
    socket.on('message', (datagram, client) => this.#fromClient(datagram, client));
    this.#socket = socket;
    const bound = socket.address();
    return { host: bound.address, port: bound.port };
  }

  stop(): void {
    this.#socket?.close();
    this.#socket = undefined;
    for (const session of [...this.#sessions.values()]) this.#forget(session);
  }

  addToxic(toxic: Toxic): void {
    for (const { pipelines } of [...this.#sessions.values()]) pipelines[toxic.direction].add(toxic);
  }

  updateToxic(toxic: Toxic): void {
    for (const { pipelines } of [...this.#sessions.values()]) pipelines[toxic.direction].update(toxic);
  }

  removeToxic(toxic: Toxic): void {
    for (const { pipelines } of [...this.#sessions.values()]) pipelines[toxic.direction].remove(toxic);
  }

  #fromClient(datagram: Buffer, client: RemoteInfo): void {
    const session = this.#sessions.get(clientText(client)) ?? this.#open(client);
    if (session !== undefined) this.#pass(session, 'upstream', datagram);
  }

  #pass(session: Session, direction: Direction, datagram: Buffer): void {
    session.idleAlarm.set(this.#host.scheduler.nowMs() + IDLE_MS);
    this.#host.counters.bytes[direction].receivedBytes += datagram.length;
    if (direction === 'upstream') session.bytes.receivedBytes += datagram.length;
    const pipeline = session.pipelines[direction];
    if (!pipeline.full) pipeline.data(datagram);
  }

  #open(client: RemoteInfo): Session | undefined {
    const { counters, scheduler, toxics } = this.#host;
    counters.acceptedConnections += 1;
    let upstream: HostAndPort;
    try {
      upstream = this.#host.upstreamAddress();
      if (this.#sessions.size >= CLIENTS_MAX) throw new Error(`more than ${CLIENTS_MAX} clients at once`);
    } catch (thrown) {
      this.#refuse(client, messageOf(thrown));
      return undefined;
    }
    const upstreamSocket = createSocket(isIPv6(upstream.host) ? 'udp6' : 'udp4');
    const bytes = { receivedBytes: 0, sentBytes: 0 };
    const pipelineHost = this.#pipelineHost(counters.acceptedConnections, client);
    const session: Session = {
      number: counters.acceptedConnections,
      client,
      upstreamSocket,
      bytes,
      idleAlarm: scheduler.alarm(() => this.#forget(session)),
      pipelines: {
        upstream: new Pipeline({ data: (chunk) => this.#sendUp(upstreamSocket, upstream, chunk), end }, pipelineHost),
        downstream: new Pipeline({ data: (chunk) => this.#sendDown(session, chunk), end }, pipelineHost),
      },
    };
    this.#sessions.set(clientText(client), session);
    upstreamSocket.on('error', ignoreError);
    upstreamSocket.on('message', (datagram) => this.#pass(session, 'downstream', datagram));
    for (const toxic of toxics) session.pipelines[toxic.direction].add(toxic);
    for (const pipeline of Object.values(session.pipelines)) pipeline.start();
    this.#opened(session);
    return session;
  }

  #pipelineHost(number: number, client: RemoteInfo): PipelineHost {
    const forget = () => {
      const session = this.#sessions.get(clientText(client));
      if (session !== undefined) this.#forget(session);
    };
    return {
      scheduler: this.#host.scheduler,
      clientAddress: client.address,
      random: (toxic) => this.#host.random.split(`connection ${number}`).split(`toxic ${toxic.name}`),
      closeConnection: forget,
      resetConnection: forget,
      drained: () => {},
      delayed: (toxic, durationMs) => this.#host.delayed(toxic, durationMs),
    };
  }

  #sendUp(socket: Socket, upstream: HostAndPort, datagram: Buffer): void {
    this.#host.counters.bytes.upstream.sentBytes += datagram.length;
    socket.send(datagram, upstream.port, upstream.host, ignoreError);
  }

  #sendDown({ client, bytes }: Session, datagram: Buffer): void {
    this.#host.counters.bytes.downstream.sentBytes += datagram.length;
    bytes.sentBytes += datagram.length;
    this.#socket?.send(datagram, client.port, client.address, ignoreError);
  }

  #forget(session: Session): void {
    if (!this.#sessions.delete(clientText(session.client))) return;
    session.idleAlarm.clear();
    for (const pipeline of Object.values(session.pipelines)) pipeline.dispose();
    session.upstreamSocket.close();
    this.#host.counters.openConnections -= 1;
    const { number: connection, bytes } = session;
    this.#host.events.publish({ event: 'connection-closed', proxy: this.#host.name, connection, ...bytes });
  }

  #opened({ number: connection, client }: Session): void {
    this.#host.counters.openConnections += 1;
    const proxy = this.#host.name;
    this.#host.events.publish({ event: 'connection-opened', proxy, connection, client: clientText(client) });
  }

  #refuse(client: RemoteInfo, reason: string): void {
    const { counters, name: proxy } = this.#host;
    counters.refusedConnections += 1;
    const connection = counters.acceptedConnections;
    this.#host.events.publish({
      event: 'connection-refused',
      proxy,
      connection,
      client: clientText(client),
      reason,
    });
  }
}

/** Datagrams have no end. */
function end(): void {}

/** What UDP cannot deliver is lost: that is all that an error means here. */
function ignoreError(): void {}

function clientText({ address, port }: RemoteInfo): string {
  return formatAddress({ host: address, port });
}
