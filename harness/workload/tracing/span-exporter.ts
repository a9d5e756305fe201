import { Pool } from 'undici';
import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import { type ClientSpan, encodeClientSpans } from './otlp-json.ts';

const INTERVAL_MS = 500;
const REQUEST_TIMEOUT_MS = 2000;
const FLUSH_RETRY_MS = 100;
/** About half a megabyte a request, far below what collectors take. */
const BATCH_SPANS_MAX = 1000;
/** A minute of a thousand operations a second; about 30 MB. */
const QUEUE_SPANS_MAX = 60_000;

export interface SpanExporterOptions {
  /** `http://host:port` of an OTLP/HTTP receiver. */
  collector: string;
  clock: Clock;
}

/**
 * Sends spans in batches to `/v1/traces`. A collector that fails or hangs never holds up the load: spans wait in a
 * bounded queue, are sent again, and what does not fit any more is dropped and counted.
 */
export class SpanExporter {
  readonly #clock: Clock;
  readonly #pool: Pool;
  readonly #timer: NodeJS.Timeout;
  #queue: ClientSpan[] = [];
  #sending: Promise<boolean> | undefined;
  #dropped = 0;
  #lastProblem: string | undefined;

  constructor({ collector, clock }: SpanExporterOptions) {
    this.#clock = clock;
    this.#pool = new Pool(collector, { connections: 1, connect: { timeout: REQUEST_TIMEOUT_MS } });
    this.#timer = setInterval(() => this.#sendBatch(), INTERVAL_MS);
  }

  /** Spans that never reached the collector, so far. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Why the last request that failed did so. */
  get lastProblem(): string | undefined {
    return this.#lastProblem;
  }

  add(span: ClientSpan): void {
    if (this.#queue.length >= QUEUE_SPANS_MAX) this.#dropped += 1;
    else this.#queue.push(span);
  }

  /** Sends all that waits; tries again until `timeoutMs` is over, and then at most finishes the request it is at. */
  async flush(timeoutMs: number): Promise<void> {
    const deadline = this.#clock.now() + timeoutMs;
    while ((this.#queue.length > 0 || this.#sending !== undefined) && this.#clock.now() < deadline) {
      const sent = await this.#sendBatch();
      if (!sent) await this.#clock.sleep(FLUSH_RETRY_MS);
    }
  }

  /** Flushes; what is still there counts as dropped. */
  async close(timeoutMs: number): Promise<void> {
    clearInterval(this.#timer);
    await this.flush(timeoutMs);
    await this.#pool.destroy();
    this.#dropped += this.#queue.length;
    this.#queue = [];
  }

  /** One request at a time: a second caller waits for the first one's. Resolves with whether it was accepted. */
  #sendBatch(): Promise<boolean> {
    if (this.#sending !== undefined) return this.#sending;
    if (this.#queue.length === 0) return Promise.resolve(true);
    this.#sending = this.#send().finally(() => {
      this.#sending = undefined;
    });
    return this.#sending;
  }

  async #send(): Promise<boolean> {
    const batch = this.#queue.splice(0, BATCH_SPANS_MAX);
    try {
      const { statusCode, body } = await this.#pool.request({
        method: 'POST',
        path: '/v1/traces',
        headers: { 'content-type': 'application/json' },
        body: encodeClientSpans(batch),
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
      await body.dump();
      if (statusCode === 200) return true;
      this.#lastProblem = `the collector answered ${statusCode}`;
    } catch (thrown) {
      this.#lastProblem = messageOf(thrown);
    }
    this.#putBack(batch);
    return false;
  }

  #putBack(batch: ClientSpan[]): void {
    this.#queue = [...batch, ...this.#queue];
    const surplus = this.#queue.length - QUEUE_SPANS_MAX;
    if (surplus > 0) {
      this.#queue.splice(0, surplus);
      this.#dropped += surplus;
    }
  }
}
