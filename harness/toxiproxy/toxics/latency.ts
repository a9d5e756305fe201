import { Queue } from '../queue.ts';
import type { Alarm } from '../scheduler.ts';
import { type Attributes, Stage, type StagePort } from '../stage.ts';
import { milliseconds, toxicKind } from '../toxic-kind.ts';

type LatencyAttributes = Attributes<'latency' | 'jitter'>;

/** Delays every chunk by latency +- jitter ms. Pipelined, so throughput is kept; never reorders. */
export const latency = toxicKind({
  type: 'latency',
  attributes: { latency: milliseconds, jitter: milliseconds },
  datagrams: true,
  stage: (port, attributes) => new LatencyStage(port, attributes),
});

/** Chunks under way at once before the source has to wait: at 32 KiB each this allows 32 MiB per latency. */
const CHUNKS_IN_FLIGHT_MAX = 1024;

interface WaitingChunk {
  chunk: Buffer;
  arrivedAtMs: number;
  dueAtMs: number;
}

class LatencyStage extends Stage<'latency' | 'jitter'> {
  readonly #waiting = new Queue<WaitingChunk>();
  #ended = false;
  /** No chunk may leave before the one ahead of it. */
  #lastDueAtMs = 0;
  readonly #alarm: Alarm;

  constructor(port: StagePort, attributes: LatencyAttributes) {
    super(port, attributes);
    this.#alarm = port.scheduler.alarm(() => this.#deliverDue());
  }

  override data(chunk: Buffer): void {
    const arrivedAtMs = this.port.scheduler.nowMs();
    const dueAtMs = this.#dueTime(arrivedAtMs);
    this.#waiting.push({ chunk, arrivedAtMs, dueAtMs });
    if (this.#waiting.length === 1) this.#deliverDue();
  }

  override end(): void {
    this.#ended = true;
    if (this.#waiting.length === 0) this.port.finish();
  }

  /** The chunk at the head goes at once; those behind it get a new delay, counted from their arrival. */
  override update(attributes: LatencyAttributes): void {
    super.update(attributes);
    this.#sendFirst();
    this.#lastDueAtMs = 0;
    for (const waiting of this.#waiting) waiting.dueAtMs = this.#dueTime(waiting.arrivedAtMs);
    this.#deliverDue();
  }

  override release(): void {
    this.#alarm.clear();
    this.#lastDueAtMs = 0;
    while (this.#waiting.length > 0) this.#sendFirst();
    if (this.#ended) this.port.finish();
  }

  override dispose(): void {
    this.#alarm.clear();
    this.#waiting.clear();
  }

  override get full(): boolean {
    return this.#waiting.length >= CHUNKS_IN_FLIGHT_MAX;
  }

  #dueTime(arrivedAtMs: number): number {
    const { latency, jitter } = this.attributes;
    const delayMs = jitter > 0 ? this.port.random.integer(latency - jitter, latency + jitter - 1) : latency;
    this.#lastDueAtMs = Math.max(this.#lastDueAtMs, arrivedAtMs + Math.max(0, delayMs));
    return this.#lastDueAtMs;
  }

  #deliverDue(): void {
    const nowMs = this.port.scheduler.nowMs();
    while (this.#waiting.first !== undefined && this.#waiting.first.dueAtMs <= nowMs) this.#sendFirst();
    if (this.#waiting.first !== undefined) this.#alarm.set(this.#waiting.first.dueAtMs);
    else if (this.#ended) this.port.finish();
    this.port.drained();
  }

  #sendFirst(): void {
    const first = this.#waiting.shift();
    if (first === undefined) return;
    this.port.delayed(this.port.scheduler.nowMs() - first.arrivedAtMs);
    this.port.send(first.chunk);
  }
}
