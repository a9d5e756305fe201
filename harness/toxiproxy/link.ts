import type { Socket } from 'node:net';
import type { Random } from '../base/random.ts';
import { Pipeline, type PipelineHost } from './pipeline.ts';
import type { Scheduler } from './scheduler.ts';
import type { Outlet } from './stage.ts';
import type { Direction, Toxic } from './toxic.ts';

/** Bytes of one direction of one proxy, over all its connections. */
export interface ByteCounter {
  receivedBytes: number;
  sentBytes: number;
}

/** Toxics see chunks no larger than this. */
const CHUNK_BYTES_MAX = 32 * 1024;

/** What a link needs from its connection. */
export interface LinkHost extends Omit<PipelineHost, 'drained'> {
  readonly counters: Readonly<Record<Direction, ByteCounter>>;
  /** The source's end has come out of the toxics. */
  linkEnded(direction: Direction): void;
}

/**
 * One direction of one connection. Reads from the source only while the sink and the toxics have room.
 *
 *   source socket -> pipeline of toxics -> sink socket
 *        ^------------- pause, resume ---------'
 *
 * Without toxics a chunk goes from the source's event straight into the sink's `write`.
 */
export class Link implements Outlet, PipelineHost {
  readonly pipeline: Pipeline;
  readonly #direction: Direction;
  readonly #host: LinkHost;
  readonly #counter: ByteCounter;
  #source: Socket | undefined;
  #sink: Socket | undefined;
  #sinkFull = false;
  #paused = false;
  #ended = false;
  #closed = false;
  receivedBytes = 0;
  sentBytes = 0;

  constructor(direction: Direction, host: LinkHost) {
    this.#direction = direction;
    this.#host = host;
    this.#counter = host.counters[direction];
    this.pipeline = new Pipeline(this, this);
  }

  /** Bytes in memory that is read into again; returns false when they are still needed after this call. */
  receive(chunk: Buffer): boolean {
    if (this.#closed) return true;
    this.#counter.receivedBytes += chunk.length;
    this.receivedBytes += chunk.length;
    const direct = this.pipeline.empty;
    if (direct) this.data(chunk);
    else this.#throughToxics(Buffer.from(chunk));
    this.drained();
    return !direct || this.#sink === undefined || this.#sink.writableLength === 0;
  }

  /** Both sockets are there: what they do from here on is told by the connection, which listens to them. Without a sink everything that comes out of the toxics is dropped. */
  open(source: Socket | undefined, sink: Socket | undefined): void {
    this.#source = source;
    this.#sink = sink;
    this.pipeline.start();
    if (this.#closed) return;
    source?.resume();
    if (source?.destroyed) this.sourceEnded();
  }

  /** The source has sent its last byte, or is gone. Told more than once, the first time counts. */
  sourceEnded(): void {
    if (this.#ended || this.#closed || this.#source === undefined) return;
    this.#ended = true;
    this.pipeline.end();
  }

  /** The sink has taken all that was written to it, or is gone. */
  sinkDrained(): void {
    this.#sinkFull = false;
    this.drained();
  }

  /** Drops what the toxics hold; reads on only so that the sockets can close in good order. */
  close(): void {
    this.#closed = true;
    this.pipeline.dispose();
    if (this.#paused) this.#source?.resume();
  }

  /** What came out of the toxics. */
  data(chunk: Buffer): void {
    const sink = this.#sink;
    if (sink === undefined || !sink.writable) return;
    this.#counter.sentBytes += chunk.length;
    this.sentBytes += chunk.length;
    if (!sink.write(chunk)) this.#sinkFull = true;
  }

  end(): void {
    if (!this.#closed) this.#host.linkEnded(this.#direction);
  }

  /** Reads or stops to read, as the sink and the toxics have room. */
  drained(): void {
    if (this.#closed || this.#source === undefined) return;
    const stop = this.#sinkFull || (!this.pipeline.empty && this.pipeline.full);
    if (stop === this.#paused) return;
    this.#paused = stop;
    if (stop) this.#source.pause();
    else this.#source.resume();
  }

  get scheduler(): Scheduler {
    return this.#host.scheduler;
  }

  get clientAddress(): string {
    return this.#host.clientAddress;
  }

  random(toxic: Toxic): Random {
    return this.#host.random(toxic);
  }

  closeConnection(): void {
    this.#host.closeConnection();
  }

  resetConnection(): void {
    this.#host.resetConnection();
  }

  delayed(toxic: Toxic, durationMs: number): void {
    this.#host.delayed(toxic, durationMs);
  }

  #throughToxics(chunk: Buffer): void {
    for (let start = 0; start < chunk.length; start += CHUNK_BYTES_MAX) {
      this.pipeline.data(chunk.subarray(start, start + CHUNK_BYTES_MAX));
    }
  }
}
