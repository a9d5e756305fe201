import type { Random } from '../base/random.ts';
import type { Scheduler } from './scheduler.ts';
import type { Outlet, Stage, StagePort } from './stage.ts';
import type { Toxic } from './toxic.ts';

/** What a pipeline needs from the connection that it belongs to. */
export interface PipelineHost {
  readonly scheduler: Scheduler;
  readonly clientAddress: string;
  random(toxic: Toxic): Random;
  closeConnection(): void;
  resetConnection(): void;
  /** The pipeline may have room again. */
  drained(): void;
  delayed(toxic: Toxic, durationMs: number): void;
}

/**
 * The toxics of one direction of one connection, first in first out, in the order in which they were created:
 *
 *   data, end -> slot( stage ) -> slot( stage ) -> output
 *
 * A slot whose toxic does not act here (toxicity not drawn, or another peer) passes everything by its stage.
 */
export class Pipeline implements Outlet {
  readonly #output: Outlet;
  readonly #host: PipelineHost;
  #slots: Slot[] = [];
  #head: Outlet;
  #started = false;

  constructor(output: Outlet, host: PipelineHost) {
    this.#output = new Exit(output);
    this.#host = host;
    this.#head = this.#output;
  }

  /** True while nothing stands between the source and the output. */
  get empty(): boolean {
    return this.#slots.length === 0;
  }

  get full(): boolean {
    return this.#slots.some((slot) => slot.active && slot.stage.full);
  }

  get withholdsClose(): boolean {
    return this.#slots.some((slot) => slot.active && slot.stage.withholdsClose);
  }

  data(chunk: Buffer): void {
    this.#head.data(chunk);
  }

  end(): void {
    this.#head.end();
  }

  /** The connection is open: toxics begin to act. */
  start(): void {
    this.#started = true;
    for (const slot of [...this.#slots]) slot.start();
  }

  add(toxic: Toxic): void {
    const predecessor = this.#slots.at(-1);
    const slot = new Slot(toxic, this.#host, this.#output);
    this.#slots.push(slot);
    this.#link();
    if (this.#started) slot.start();
    predecessor?.redraw();
  }

  update(toxic: Toxic): void {
    this.#slots.find((slot) => slot.toxic === toxic)?.update();
  }

  remove(toxic: Toxic): void {
    const index = this.#slots.findIndex((slot) => slot.toxic === toxic);
    const slot = this.#slots[index];
    if (slot === undefined) return;
    slot.remove();
    this.#slots = this.#slots.filter((other) => other !== slot);
    this.#link();
    this.#slots[index - 1]?.redraw();
    this.#host.drained();
  }

  /** Drops everything that is held and stops every alarm. */
  dispose(): void {
    for (const slot of this.#slots) slot.stage.dispose();
    this.#slots = [];
    this.#link();
  }

  #link(): void {
    for (const [index, slot] of this.#slots.entries()) slot.next = this.#slots[index + 1] ?? this.#output;
    this.#head = this.#slots[0] ?? this.#output;
  }
}

/** Lets the end out once, whatever toxics are added after it, and nothing behind it. */
class Exit implements Outlet {
  readonly #output: Outlet;
  #ended = false;

  constructor(output: Outlet) {
    this.#output = output;
  }

  data(chunk: Buffer): void {
    if (!this.#ended) this.#output.data(chunk);
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#output.end();
  }
}

/** A toxic's place in one pipeline. */
class Slot implements Outlet, StagePort {
  readonly toxic: Toxic;
  readonly stage: Stage;
  next: Outlet;
  active: boolean;
  readonly #host: PipelineHost;
  #started = false;
  #finished = false;
  #random: Random | undefined;

  constructor(toxic: Toxic, host: PipelineHost, next: Outlet) {
    this.toxic = toxic;
    this.next = next;
    this.#host = host;
    this.stage = toxic.kind.stage(this, toxic.attributes);
    this.active = this.#draw();
  }

  get scheduler(): Scheduler {
    return this.#host.scheduler;
  }

  get random(): Random {
    this.#random ??= this.#host.random(this.toxic);
    return this.#random;
  }

  data(chunk: Buffer): void {
    if (this.active) this.stage.data(chunk);
    else this.send(chunk);
  }

  end(): void {
    if (this.active) this.stage.end();
    else this.finish();
  }

  send(chunk: Buffer): void {
    if (!this.#finished) this.next.data(chunk);
  }

  finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    this.next.end();
  }

  closeConnection(): void {
    this.#host.closeConnection();
  }

  resetConnection(): void {
    this.#host.resetConnection();
  }

  drained(): void {
    this.#host.drained();
  }

  delayed(durationMs: number): void {
    this.#host.delayed(this.toxic, durationMs);
  }

  start(): void {
    this.#started = true;
    if (this.active) this.stage.start();
  }

  /** New attributes or a new toxicity: draws again. */
  update(): void {
    const wasActive = this.active;
    this.active = this.#draw();
    const acting = wasActive && this.#started;
    if (acting && !this.active) this.stage.release();
    if (acting && this.active) this.stage.update(this.toxic.attributes);
    else this.stage.configure(this.toxic.attributes);
    if (!wasActive && this.active && this.#started) this.stage.start();
  }

  /** The same attributes, but a new draw. */
  redraw(): void {
    const wasActive = this.active;
    this.active = this.#draw();
    if (!this.#started || wasActive === this.active) return;
    if (this.active) this.stage.start();
    else this.stage.release();
  }

  remove(): void {
    if (!this.active) return;
    this.active = false;
    if (this.#started) this.stage.remove();
  }

  #draw(): boolean {
    const { toxicity, peerFilter } = this.toxic;
    if (!peerFilter(this.#host.clientAddress)) return false;
    return toxicity >= 1 || (toxicity > 0 && this.random.next() < toxicity);
  }
}
