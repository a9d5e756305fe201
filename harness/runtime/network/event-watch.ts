import type { ProxyTestimony } from '../../model/running-target.ts';

/** What of an event counts here; the embedded server tells more. */
interface ToldEvent {
  readonly event: string;
  readonly proxy: string;
  readonly atMs: number;
}

/** More than a run of minutes tells; what comes after is not kept, and the testimony is then none at all. */
const EVENTS_MAX = 200_000;

/** Listens to what a Toxiproxy server tells of its proxies, from the moment it is made. */
export class EventWatch {
  readonly #events: ToldEvent[] = [];
  readonly #stop: AbortController;
  #complete = true;

  private constructor(stop: AbortController) {
    this.#stop = stop;
  }

  /** @param subscribe gives the server's events as lines of JSON, until it is aborted. */
  static async begin(subscribe: (signal: AbortSignal) => Promise<AsyncIterable<string>>): Promise<EventWatch> {
    const stop = new AbortController();
    const watch = new EventWatch(stop);
    const lines = await subscribe(stop.signal);
    void watch.#listen(lines);
    return watch;
  }

  /** What it told of these proxies in a span of time; null when it may have told more than was heard. */
  testimony(
    proxies: ReadonlySet<string>,
    { fromMs, untilMs }: { fromMs: number; untilMs: number },
  ): ProxyTestimony | null {
    if (!this.#complete) return null;
    const told = this.#events.filter(({ proxy, atMs }) => proxies.has(proxy) && atMs >= fromMs && atMs <= untilMs);
    const count = (event: string) => told.filter((one) => one.event === event).length;
    return {
      toxicsApplied: count('toxic-applied'),
      toxicsRemoved: count('toxic-removed'),
      leasesEnded: count('lease-ended'),
      connectionsOpened: count('connection-opened'),
      connectionsRefused: count('connection-refused'),
      connectionsClosed: count('connection-closed'),
    };
  }

  close(): void {
    this.#stop.abort();
  }

  async #listen(lines: AsyncIterable<string>): Promise<void> {
    try {
      for await (const line of lines) {
        const told = JSON.parse(line) as ToldEvent;
        if (told.event === 'events-lost' || this.#events.length >= EVENTS_MAX) this.#complete = false;
        else this.#events.push(told);
      }
      this.#complete = false;
    } catch {
      // The server has ended, or this watch has: what was heard is then not all that there was.
      this.#complete = false;
    }
  }
}
