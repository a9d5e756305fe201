import { Queue } from '../queue.ts';
import type { Alarm } from '../scheduler.ts';
import { type Attributes, Stage, type StagePort } from '../stage.ts';
import { type AttributeRule, toxicKind } from '../toxic-kind.ts';

/** 1 TB/s: above that the limit would limit nothing. */
const kilobytesPerSecond: AttributeRule = { integer: true, minimum: 0, maximum: 1_000_000_000, unit: 'KB/s' };

/** Limits each connection to `rate` KB/s (KB = 1000 bytes) in its stream; a rate of 0 lets no data through. */
export const bandwidth = toxicKind({
  type: 'bandwidth',
  attributes: { rate: kilobytesPerSecond },
  stage: (port, attributes) => new BandwidthStage(port, attributes),
});

/** A chunk that takes longer than this is sent in pieces that take this long. */
const SLICE_MS = 100;
/** Read ahead of what is being sent, so that the next chunk is there when its turn comes: at least this much, */
const READ_AHEAD_BYTES_MIN = 64 * 1024;
/** and at high rates what passes in this time (timers are no finer than 1 ms), */
const READ_AHEAD_MS = 20;
/** but no more than this. */
const READ_AHEAD_BYTES_MAX = 8 * 1024 * 1024;

interface HeldChunk {
  chunk: Buffer;
  arrivedAtMs: number;
}

class BandwidthStage extends Stage<'rate'> {
  readonly #held = new Queue<HeldChunk>();
  #heldBytes = 0;
  #ended = false;
  /** When the line is free again. Kept from piece to piece, so that late timers do not add up. */
  #freeAtMs = 0;
  readonly #alarm: Alarm;

  constructor(port: StagePort, attributes: Attributes<'rate'>) {
    super(port, attributes);
    this.#alarm = port.scheduler.alarm(() => this.#sendDue());
  }

  override data(chunk: Buffer): void {
    this.#held.push({ chunk, arrivedAtMs: this.port.scheduler.nowMs() });
    this.#heldBytes += chunk.length;
    if (this.#held.length === 1) this.#sendDue();
  }

  override end(): void {
    this.#ended = true;
    if (this.#held.length === 0) this.port.finish();
  }

  override update(attributes: Attributes<'rate'>): void {
    super.update(attributes);
    this.#sendAll();
    this.port.drained();
  }

  override release(): void {
    this.#sendAll();
  }

  override dispose(): void {
    this.#alarm.clear();
    this.#held.clear();
    this.#heldBytes = 0;
  }

  override get full(): boolean {
    const { rate } = this.attributes;
    if (rate === 0) return this.#heldBytes > 0;
    const readAheadBytes = Math.max(READ_AHEAD_BYTES_MIN, rate * READ_AHEAD_MS);
    return this.#heldBytes >= Math.min(readAheadBytes, READ_AHEAD_BYTES_MAX);
  }

  /** `rate` KB/s is `rate` bytes per millisecond. */
  #sendDue(): void {
    const { rate } = this.attributes;
    if (rate === 0) return;
    const nowMs = this.port.scheduler.nowMs();
    while (this.#held.first !== undefined) {
      const { chunk, arrivedAtMs } = this.#held.first;
      const length = Math.min(chunk.length, rate * SLICE_MS);
      const dueAtMs = Math.max(this.#freeAtMs, arrivedAtMs) + length / rate;
      if (dueAtMs > nowMs) {
        this.#alarm.set(dueAtMs);
        break;
      }
      this.#freeAtMs = dueAtMs;
      this.#sendPiece(this.#held.first, length);
    }
    if (this.#held.length === 0 && this.#ended) this.port.finish();
    this.port.drained();
  }

  #sendPiece(first: HeldChunk, length: number): void {
    const { chunk, arrivedAtMs } = first;
    if (length < chunk.length) first.chunk = chunk.subarray(length);
    else this.#held.shift();
    this.#heldBytes -= length;
    this.port.delayed(this.port.scheduler.nowMs() - arrivedAtMs);
    this.port.send(chunk.subarray(0, length));
  }

  #sendAll(): void {
    this.#alarm.clear();
    this.#freeAtMs = 0;
    while (this.#held.first !== undefined) this.#sendPiece(this.#held.first, this.#held.first.chunk.length);
    if (this.#ended) this.port.finish();
  }
}
