import type { Socket } from 'node:net';
import { Pipeline, type PipelineHost } from './pipeline.ts';
import type { Outlet } from './stage.ts';

/** Bytes of one direction of one proxy, over all its connections. */
export interface ByteCounter {
  receivedBytes: number;
  sentBytes: number;
}

/** Toxics see chunks no larger than this. */
const CHUNK_BYTES_MAX = 32 * 1024;

export interface LinkOptions {
  host: Omit<PipelineHost, 'drained'>;
  counter: ByteCounter;
  /** The source's end has come out of the toxics. */
  onEnd: () => void;
}

/**
 * One direction of one connection. Reads from the source only while the sink and the toxics have room.
 *
 *   source socket -> pipeline of toxics -> sink socket
 *        ^------------- pause, resume ---------'
 *
 * Without toxics a chunk goes from the source's event straight into the sink's `write`.
 */
export class Link implements Outlet {
  readonly pipeline: Pipeline;
  readonly #counter: ByteCounter;
  readonly #onEnd: () => void;
  #source: Socket | undefined;
  #sink: Socket | undefined;
  #sinkFull = false;
  #paused = false;
  #sourceEnded = false;
  #closed = false;
  receivedBytes = 0;
  sentBytes = 0;

  constructor({ host, counter, onEnd }: LinkOptions) {
    this.#counter = counter;
    this.#onEnd = onEnd;
    this.pipeline = new Pipeline(this, { ...host, drained: () => this.#regulate() });
  }

  /** Bytes that nobody else will change. */
  receive(chunk: Buffer): void {
    if (this.#closed) return;
    this.#counter.receivedBytes += chunk.length;
    this.receivedBytes += chunk.length;
    if (this.pipeline.empty) this.data(chunk);
    else this.#throughToxics(chunk);
    this.#regulate();
  }

  /** Bytes in memory that is read into again; returns false when they are still needed after this call. */
  receiveBorrowed(chunk: Buffer): boolean {
    if (!this.pipeline.empty) {
      this.receive(Buffer.from(chunk));
      return true;
    }
    this.receive(chunk);
    return this.#sink === undefined || this.#sink.writableLength === 0;
  }

  /** Both sockets are there. Without a sink everything that comes out of the toxics is dropped. */
  open(source: Socket | undefined, sink: Socket | undefined): void {
    this.#source = source;
    this.#sink = sink;
    this.pipeline.start();
    if (this.#closed) return;
    sink?.on('drain', () => this.#sinkDrained());
    sink?.on('close', () => this.#sinkDrained());
    source?.on('end', () => this.#endSource());
    source?.on('close', () => this.#endSource());
    source?.resume();
    if (source?.destroyed) this.#endSource();
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
    if (!this.#closed) this.#onEnd();
  }

  #throughToxics(chunk: Buffer): void {
    for (let start = 0; start < chunk.length; start += CHUNK_BYTES_MAX) {
      this.pipeline.data(chunk.subarray(start, start + CHUNK_BYTES_MAX));
    }
  }

  #endSource(): void {
    if (this.#sourceEnded || this.#closed) return;
    this.#sourceEnded = true;
    this.pipeline.end();
  }

  #sinkDrained(): void {
    this.#sinkFull = false;
    this.#regulate();
  }

  #regulate(): void {
    if (this.#closed || this.#source === undefined) return;
    const stop = this.#sinkFull || (!this.pipeline.empty && this.pipeline.full);
    if (stop === this.#paused) return;
    this.#paused = stop;
    if (stop) this.#source.pause();
    else this.#source.resume();
  }
}
