import type { Random } from '../../base/random.ts';
import { Queue } from '../queue.ts';
import type { Alarm } from '../scheduler.ts';
import { type Attributes, Stage, type StagePort } from '../stage.ts';
import { bytes, microseconds, toxicKind } from '../toxic-kind.ts';

type SlicerAttributes = Attributes<'average_size' | 'size_variation' | 'delay'>;

/** Cuts chunks into slices of average_size +- size_variation bytes and waits `delay` microseconds after each. */
export const slicer = toxicKind({
  type: 'slicer',
  attributes: { average_size: { ...bytes, minimum: 1 }, size_variation: bytes, delay: microseconds },
  problem: ({ average_size, size_variation }) =>
    size_variation <= average_size
      ? undefined
      : `size_variation: expected at most average_size (${average_size} bytes), got ${size_variation}`,
  stage: (port, attributes) => new SlicerStage(port, attributes),
});

class SlicerStage extends Stage<'average_size' | 'size_variation' | 'delay'> {
  readonly #slices = new Queue<Buffer>();
  #ended = false;
  /** When the wait after the last slice is over. */
  #freeAtMs = 0;
  readonly #alarm: Alarm;

  constructor(port: StagePort, attributes: SlicerAttributes) {
    super(port, attributes);
    this.#alarm = port.scheduler.alarm(() => this.#sendDue());
  }

  override data(chunk: Buffer): void {
    const idle = this.#slices.length === 0;
    for (const slice of slicesOf(chunk, this.attributes, this.port)) this.#slices.push(slice);
    if (!idle) return;
    this.#freeAtMs = Math.max(this.#freeAtMs, this.port.scheduler.nowMs());
    this.#sendDue();
  }

  override end(): void {
    this.#ended = true;
    if (this.#slices.length === 0) this.port.finish();
  }

  override update(attributes: SlicerAttributes): void {
    super.update(attributes);
    this.#sendAll();
    this.port.drained();
  }

  override release(): void {
    this.#sendAll();
  }

  override dispose(): void {
    this.#alarm.clear();
    this.#slices.clear();
  }

  override get full(): boolean {
    return this.#slices.length > 0;
  }

  /** Waits shorter than a timer can do are made up for: what is due by now goes now, each slice in a write of its own. */
  #sendDue(): void {
    const nowMs = this.port.scheduler.nowMs();
    while (this.#slices.length > 0 && this.#freeAtMs <= nowMs) {
      this.#freeAtMs += this.attributes.delay / 1000;
      this.port.send(this.#slices.shift()!);
    }
    if (this.#slices.length > 0) this.#alarm.set(this.#freeAtMs);
    else if (this.#ended) this.port.finish();
    this.port.drained();
  }

  #sendAll(): void {
    this.#alarm.clear();
    this.#freeAtMs = 0;
    while (this.#slices.length > 0) this.port.send(this.#slices.shift()!);
    if (this.#ended) this.port.finish();
  }
}

/** Halves, a little off the middle, until a piece is within average + variation. Each cut leaves a byte on either side. */
function slicesOf(chunk: Buffer, attributes: SlicerAttributes, random: { readonly random: Random }): Buffer[] {
  const { average_size: average, size_variation: variation } = attributes;
  if (chunk.length <= average + variation) return [chunk];
  const offset = variation > 0 ? random.random.integer(-variation, variation - 1) : 0;
  const middle = Math.min(Math.max(Math.floor(chunk.length / 2) + offset, 1), chunk.length - 1);
  return [
    ...slicesOf(chunk.subarray(0, middle), attributes, random),
    ...slicesOf(chunk.subarray(middle), attributes, random),
  ];
}
