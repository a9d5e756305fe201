import { type Random, seededRandom } from '../../base/random.ts';
import { JsonFields } from '../json-fields.ts';
import { parseFirstJsonValue } from '../lenient-json.ts';
import { Pipeline } from '../pipeline.ts';
import type { Toxic } from '../toxic.ts';
import { readToxicChange, readToxicRequest } from '../toxic-request.ts';
import { ManualScheduler } from './manual-scheduler.ts';

/** What came out of a pipeline, each with the time since the rig was made. */
type Output = { atMs: number; text: string } | { atMs: number; event: 'end' | 'close' | 'reset' };

/** One direction of one connection without sockets: time is turned by hand, what comes out is written down. */
export class PipelineRig {
  readonly scheduler = new ManualScheduler();
  readonly output: Output[] = [];
  readonly delaysMs: number[] = [];
  /** Whether there was room, each time that a toxic said there may be. */
  readonly roomTold: boolean[] = [];
  readonly pipeline: Pipeline;
  readonly #startedAtMs = this.scheduler.nowMs();
  readonly #toxics = new Map<string, Toxic>();

  constructor({ seed = 1, clientAddress = '127.0.0.1' }: { seed?: number; clientAddress?: string } = {}) {
    const random: Random = seededRandom(seed);
    this.pipeline = new Pipeline(
      { data: (chunk) => this.#write({ text: chunk.toString('latin1') }), end: () => this.#write({ event: 'end' }) },
      {
        scheduler: this.scheduler,
        clientAddress,
        random: (toxic) => random.split(toxic.name),
        closeConnection: () => this.#close('close'),
        resetConnection: () => this.#close('reset'),
        drained: () => void this.roomTold.push(!this.pipeline.full),
        delayed: (_toxic, durationMs) => void this.delaysMs.push(durationMs),
      },
    );
    this.pipeline.start();
  }

  get elapsedMs(): number {
    return this.scheduler.nowMs() - this.#startedAtMs;
  }

  /** Bytes that came out, in order. */
  get text(): string {
    return this.output.map((item) => ('text' in item ? item.text : '')).join('');
  }

  /** What came out other than bytes. */
  get events(): string[] {
    return this.output.flatMap((item) => ('event' in item ? [item.event] : []));
  }

  /** As by the API: `{type, attributes, toxicity, ...}`. */
  add(toxic: { type: string; name?: string; attributes?: object; toxicity?: number; peers?: string[] }): void {
    const { toxic: made } = readToxicRequest(fieldsOf(toxic), () => {});
    this.#toxics.set(made.name, made);
    this.pipeline.add(made);
  }

  update(name: string, change: { attributes?: object; toxicity?: number }): void {
    const toxic = this.#toxics.get(name)!;
    const { attributes, toxicity } = readToxicChange(fieldsOf(change), toxic);
    toxic.attributes = attributes;
    toxic.toxicity = toxicity;
    this.pipeline.update(toxic);
  }

  remove(name: string): void {
    const toxic = this.#toxics.get(name);
    if (toxic !== undefined) this.pipeline.remove(toxic);
    this.#toxics.delete(name);
  }

  send(text: string): void {
    this.pipeline.data(Buffer.from(text, 'latin1'));
  }

  end(): void {
    this.pipeline.end();
  }

  advance(durationMs: number): void {
    this.scheduler.advance(durationMs);
  }

  #close(event: 'close' | 'reset'): void {
    this.pipeline.dispose();
    this.#write({ event });
  }

  #write(item: { text: string } | { event: 'end' | 'close' | 'reset' }): void {
    this.output.push({ atMs: this.elapsedMs, ...item });
  }
}

function fieldsOf(value: object): JsonFields {
  return new JsonFields(parseFirstJsonValue(JSON.stringify(value)));
}
