import { systemClock } from '../base/clock.ts';

/** What has happened, without its time. */
type Happening =
  | { event: 'connection-opened'; proxy: string; connection: number; client: string }
  | { event: 'connection-closed'; proxy: string; connection: number; receivedBytes: number; sentBytes: number }
  | { event: 'connection-refused'; proxy: string; connection: number; client: string; reason: string }
  | { event: 'proxy-enabled' | 'proxy-disabled' | 'proxy-created' | 'proxy-deleted'; proxy: string }
  | {
      event: 'toxic-applied' | 'toxic-updated' | 'toxic-removed';
      proxy: string;
      toxic: string;
      type: string;
      stream: string;
    }
  | { event: 'lease-ended'; proxy: string; toxic: string | null }
  | { event: 'events-lost'; count: number };

/** `atMs`: milliseconds since the Unix epoch. */
export type ProxyEvent = Happening & { atMs: number };

export type EventListener = (event: ProxyEvent) => void;

/** Tells everyone who listens what the proxies do. */
export class EventHub {
  readonly #listeners = new Set<EventListener>();

  /** Returns the time that the event was given. */
  publish(happening: Happening): number {
    const atMs = systemClock.now();
    for (const listener of this.#listeners) listener({ atMs, ...happening });
    return atMs;
  }

  /** Returns the function that ends the subscription. */
  subscribe(listener: EventListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** True when someone listens: events of the data plane need not be built otherwise. */
  get observed(): boolean {
    return this.#listeners.size > 0;
  }
}
