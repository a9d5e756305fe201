import type { Measurement } from './decide.ts';

/** Over so long a mean is taken: a spike of a second does not decide, and a surge is seen within seconds. */
const WINDOW_MS = 4000;
/** Less says nothing: a server is counted once it has answered for so long. */
const MEASURED_MS_MIN = 1800;

/** What a web server told of itself at one time. */
export interface Sample {
  readonly atMs: number;
  /** Counts up by one each second for every request that is in flight. */
  readonly inFlightSeconds: number;
  readonly inFlightMax: number;
}

/** How busy the web servers are, from what each of them tells once a second. */
export class LoadMeter {
  readonly #samples = new Map<string, Sample[]>();

  /** What all of them told at about one time; null of one that did not answer. */
  note(told: ReadonlyMap<string, Sample | null>): void {
    for (const [server, sample] of told) {
      if (sample === null) {
        this.#samples.delete(server);
        continue;
      }
      const before = this.#samples.get(server) ?? [];
      // Its counter began anew, and so does what is known of it.
      const isAnew = sample.inFlightSeconds < (before.at(-1)?.inFlightSeconds ?? 0);
      const recent = isAnew ? [] : before.filter(({ atMs }) => atMs >= sample.atMs - WINDOW_MS);
      this.#samples.set(server, [...recent, sample]);
    }
  }

  /** Over those that have answered long enough; null when there are none. */
  measure(atMs: number): Measurement | null {
    let serving = 0;
    let inFlight = 0;
    let inFlightMax = 0;
    for (const samples of this.#samples.values()) {
      const [first, last] = [samples[0]!, samples.at(-1)!];
      const measuredMs = last.atMs - first.atMs;
      if (measuredMs < MEASURED_MS_MIN) continue;
      serving += 1;
      inFlight += (last.inFlightSeconds - first.inFlightSeconds) / (measuredMs / 1000);
      inFlightMax += last.inFlightMax;
    }
    return serving === 0 ? null : { atMs, serving, utilisation: inFlight / inFlightMax };
  }
}

/** From a page of a web server's metrics; null when it does not tell. */
export function readSample(page: string, atMs: number): Sample | null {
  const value = (name: string) => {
    const [, text] = new RegExp(`^${name} (\\S+)$`, 'm').exec(page) ?? [];
    return text === undefined ? undefined : Number(text);
  };
  const inFlightSeconds = value('http_requests_in_flight_seconds_total');
  const inFlightMax = value('http_requests_in_flight_max');
  return inFlightSeconds === undefined || inFlightMax === undefined ? null : { atMs, inFlightSeconds, inFlightMax };
}
