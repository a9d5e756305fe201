import { connect, type Socket } from 'node:net';
import { messageOf } from '../base/errors.ts';
import type { Random } from '../base/random.ts';
import { type AcceptedHandle, socketOf } from './accepting.ts';
import type { HostAndPort } from './addresses.ts';
import { type ByteCounter, Link, type LinkHost } from './link.ts';
import { readInto } from './read-memory.ts';
import type { Alarm, Scheduler } from './scheduler.ts';
import { closeAfterFlush, closeNow, reset } from './sockets.ts';
import type { Direction, Toxic } from './toxic.ts';
import type { Admission } from './toxic-kind.ts';

/** What a connection needs from the proxy that accepted it. */
export interface ConnectionHost {
  readonly scheduler: Scheduler;
  readonly toxics: readonly Toxic[];
  readonly counters: Readonly<Record<Direction, ByteCounter>>;
  random(connection: number, toxic: Toxic): Random;
  /** Where to dial, or why that cannot be told. */
  upstreamAddress(): HostAndPort;
  delayed(toxic: Toxic, durationMs: number): void;
  opened(connection: Connection): void;
  dialFailed(): void;
  refused(connection: Connection, reason: string): void;
  /** Both sockets are gone. */
  closed(connection: Connection): void;
}

/**
 * One client and, once dialled, its upstream server:
 *
 *   client --( upstream link )--> server
 *   client <--( downstream link )-- server
 *
 * There is no half-close: an end that has come through the toxics of its direction closes both sockets. What a blackhole
 * withholds stays withheld: a socket is closed only if the direction that leads to it lets closes through.
 */
export class Connection implements LinkHost {
  readonly number: number;
  readonly #host: ConnectionHost;
  readonly #client: Socket;
  #server: Socket | undefined;
  readonly #links: Readonly<Record<Direction, Link>>;
  /** Set while a toxic lets the dial wait. */
  #dialAlarm: Alarm | undefined;
  #opened = false;

  constructor(number: number, accepted: AcceptedHandle, host: ConnectionHost) {
    this.number = number;
    this.#host = host;
    this.#links = { upstream: new Link('upstream', this), downstream: new Link('downstream', this) };
    const client = socketOf(
      accepted,
      readInto((chunk) => this.#links.upstream.receive(chunk)),
    );
    this.#client = client;
    client.on('error', ignoreError);
    this.#listen(client, { from: this.#links.upstream, to: this.#links.downstream });
    for (const toxic of host.toxics) this.#links[toxic.direction].pipeline.add(toxic);
  }

  /** Empty when the client is gone already. */
  get clientAddress(): string {
    return this.#client.remoteAddress ?? '';
  }

  /** False until the upstream has answered the dial; a connection that a blackhole holds counts as open. */
  get opened(): boolean {
    return this.#opened;
  }

  get receivedBytes(): number {
    return this.#links.upstream.receivedBytes;
  }

  get sentBytes(): number {
    return this.#links.downstream.sentBytes;
  }

  /** Dials the upstream, or does what the toxics have decided about this connection. */
  begin(admission: Admission): void {
    if (this.#withholdsAnyClose()) this.#leaveUnanswered();
    else if (admission === 'refuse') this.#refuse('reset by a fail_first toxic', reset);
    else if (admission.delayMs > 0) this.#dialIn(admission.delayMs);
    else this.#dial();
  }

  addToxic(toxic: Toxic): void {
    this.#links[toxic.direction].pipeline.add(toxic);
  }

  updateToxic(toxic: Toxic): void {
    this.#links[toxic.direction].pipeline.update(toxic);
  }

  removeToxic(toxic: Toxic): void {
    this.#links[toxic.direction].pipeline.remove(toxic);
  }

  /** FIN to both sides, whatever the toxics say; what is queued is dropped. For a proxy that goes. */
  abandon(): void {
    this.#links.upstream.close();
    this.#links.downstream.close();
    this.#dialAlarm?.clear();
    for (const socket of this.#sockets()) abandonSocket(socket);
  }

  /** For the links: toxics see the connection through these. */
  get scheduler(): Scheduler {
    return this.#host.scheduler;
  }

  get counters(): Readonly<Record<Direction, ByteCounter>> {
    return this.#host.counters;
  }

  random(toxic: Toxic): Random {
    return this.#host.random(this.number, toxic);
  }

  delayed(toxic: Toxic, durationMs: number): void {
    this.#host.delayed(toxic, durationMs);
  }

  closeConnection(): void {
    this.#close(closeNow);
  }

  resetConnection(): void {
    this.#close(reset);
  }

  linkEnded(direction: Direction): void {
    if (this.#server === undefined && this.#withholdsAnyClose()) return;
    if (direction === 'upstream') this.#closeBoth({ sink: this.#server, source: this.#client, back: 'downstream' });
    else this.#closeBoth({ sink: this.#client, source: this.#server, back: 'upstream' });
    this.#links[direction].close();
  }

  #dialIn(delayMs: number): void {
    this.#dialAlarm = this.#host.scheduler.alarm(() => this.#dial());
    this.#dialAlarm.set(this.#host.scheduler.nowMs() + delayMs);
  }

  /** One listener an event, whatever has to know of it: they are most of what a connection costs to make. */
  #listen(socket: Socket, { from, to }: { from: Link; to: Link }): void {
    socket.on('end', () => from.sourceEnded());
    socket.on('drain', () => to.sinkDrained());
    socket.on('close', () => {
      from.sourceEnded();
      to.sinkDrained();
      this.#socketClosed();
    });
  }

  #dial(): void {
    if (this.#client.destroyed) return;
    let server: Socket;
    try {
      const onread = readInto((chunk) => this.#links.downstream.receive(chunk));
      server = connect({ ...this.#host.upstreamAddress(), allowHalfOpen: true, noDelay: true, onread });
    } catch (thrown) {
      this.#dialFailed(messageOf(thrown));
      return;
    }
    this.#server = server;
    server.on('error', (error) => {
      if (!this.#opened) this.#dialFailed(messageOf(error));
    });
    this.#listen(server, { from: this.#links.downstream, to: this.#links.upstream });
    server.on('connect', () => this.#open(server));
  }

  #open(server: Socket): void {
    this.#opened = true;
    this.#host.opened(this);
    this.#links.upstream.open(this.#client, server);
    this.#links.downstream.open(server, this.#client);
  }

  #dialFailed(reason: string): void {
    this.#server = undefined;
    this.#host.dialFailed();
    if (this.#withholdsAnyClose()) this.#leaveUnanswered();
    else this.#refuse(reason, closeAfterFlush);
  }

  #refuse(reason: string, close: (socket: Socket) => void): void {
    this.#host.refused(this, reason);
    close(this.#client);
  }

  /** A blackhole is on the way: the client gets neither an answer nor an end until it is removed. */
  #leaveUnanswered(): void {
    this.#opened = true;
    this.#host.opened(this);
    this.#links.upstream.open(this.#client, undefined);
    this.#links.downstream.open(undefined, this.#client);
  }

  /** The sink gets all that was written to it; the source gets nothing more of the direction that leads back to it. */
  #closeBoth({ sink, source, back }: { sink: Socket | undefined; source: Socket | undefined; back: Direction }): void {
    if (sink !== undefined) closeAfterFlush(sink);
    if (this.#links[back].pipeline.withholdsClose) return;
    this.#links[back].close();
    if (source !== undefined) closeNow(source);
  }

  #close(close: (socket: Socket) => void): void {
    this.#closeSide(this.#links.upstream, this.#server, close);
    this.#closeSide(this.#links.downstream, this.#client, close);
  }

  #closeSide(link: Link, sink: Socket | undefined, close: (socket: Socket) => void): void {
    if (link.pipeline.withholdsClose) return;
    link.close();
    if (sink !== undefined && !sink.destroyed) close(sink);
  }

  #withholdsAnyClose(): boolean {
    return this.#links.upstream.pipeline.withholdsClose || this.#links.downstream.pipeline.withholdsClose;
  }

  #socketClosed(): void {
    if (this.#client.closed && (this.#server === undefined || this.#server.closed)) this.#host.closed(this);
  }

  #sockets(): Socket[] {
    return this.#server === undefined ? [this.#client] : [this.#client, this.#server];
  }
}

/** Resets of peers are part of a proxy's life: the `close` that follows is what is acted on. */
function ignoreError(): void {}

function abandonSocket(socket: Socket): void {
  if (socket.connecting || socket.writableEnded) socket.destroy();
  else closeNow(socket);
}
