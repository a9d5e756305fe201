import type { Random } from '../base/random.ts';
import type { Scheduler } from './scheduler.ts';

/** Takes the bytes of one stream in order, and then its end. Never called again after `end`. */
export interface Outlet {
  data(chunk: Buffer): void;
  end(): void;
}

/** What a stage may do to the stream and the connection that it stands in. */
export interface StagePort {
  readonly scheduler: Scheduler;
  /** This toxic's own stream of random numbers on this connection. */
  readonly random: Random;
  /** Gives bytes to the next stage. */
  send(chunk: Buffer): void;
  /** Ends the stream for the next stage: once that has drained, both sockets of the connection are closed. */
  finish(): void;
  /** FIN to both sides now; what is queued is dropped. */
  closeConnection(): void;
  /** RST to both sides now. */
  resetConnection(): void;
  /** To be called when `full` may have become false other than by `data`. */
  drained(): void;
  /** Tells the metrics how long a chunk was held. */
  delayed(durationMs: number): void;
}

export type Attributes<Name extends string = string> = Readonly<Record<Name, number>>;

/**
 * One toxic at work on one stream of one connection. This base passes everything on: each toxic overrides what it
 * changes. A stage is asked only while the toxic acts on its connection (toxicity, peers); `start` and `release` are the
 * borders of that time.
 *
 *   source -> [ stage of toxic 1 ] -> [ stage of toxic 2 ] -> sink
 *               data, end    send, finish
 */
export class Stage<Name extends string = string> {
  protected readonly port: StagePort;
  protected attributes: Attributes<Name>;

  constructor(port: StagePort, attributes: Attributes<Name>) {
    this.port = port;
    this.attributes = attributes;
  }

  /** The toxic begins to act on a live connection. */
  start(): void {}

  data(chunk: Buffer): void {
    this.port.send(chunk);
  }

  /** The source has ended, by FIN or by RST. */
  end(): void {
    this.port.finish();
  }

  /** New attributes, while not acting. */
  configure(attributes: Attributes<Name>): void {
    this.attributes = attributes;
  }

  /** New attributes, while acting. */
  update(attributes: Attributes<Name>): void {
    this.attributes = attributes;
  }

  /** The toxic no longer acts on this connection: everything held goes on at once, in order. */
  release(): void {}

  /** The same because the toxic was removed. */
  remove(): void {
    this.release();
  }

  /** The connection is gone: stop every alarm, drop what is held. */
  dispose(): void {}

  /** True while no more should be read from the source. */
  get full(): boolean {
    return false;
  }

  /** True while no close of any kind may leave this stream. */
  get withholdsClose(): boolean {
    return false;
  }
}
