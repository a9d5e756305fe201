import { messageOf } from '../base/errors.ts';
import { type Observation, pollUntil } from '../base/poll.ts';
import type { AlertRecord, MetricSeries } from '../model/telemetry.ts';
import { type Address, formatAddress } from '../model/topology.ts';

interface PrometheusAnswer<T> {
  status: 'success' | 'error';
  error?: string;
  data: T;
}

interface RangeResult {
  result: { metric: Record<string, string>; values: [number, string][] }[];
}

interface InstantResult {
  resultType: string;
  result: { value: [number, string] }[] | [number, string];
}

interface ActiveTargets {
  activeTargets: { labels: Record<string, string>; health: string; lastError: string }[];
}

export interface FiringAlert {
  labels: Record<string, string>;
  state: string;
  activeAt: string;
}

/** Asks a Prometheus server over its HTTP API. Every call has a deadline of its own. */
export class PrometheusClient {
  readonly #base: string;

  constructor(address: Address) {
    this.#base = `http://${formatAddress(address)}/api/v1`;
  }

  /** Waits until so many targets were scraped with success: the first full scrape takes seconds. */
  async awaitFirstScrape(options: { targets: number; timeoutMs: number; signal?: AbortSignal }): Promise<void> {
    const { targets, timeoutMs, signal } = options;
    await pollUntil(() => this.#scraped(targets), {
      subject: `Prometheus to scrape ${targets} targets`,
      timeoutMs,
      intervalMs: 200,
      ...(signal === undefined ? {} : { signal }),
    });
  }

  async #scraped(targets: number): Promise<Observation<void>> {
    const { activeTargets } = await this.#get<ActiveTargets>('targets?state=active');
    const missing = activeTargets.filter((target) => target.health !== 'up');
    if (activeTargets.length - missing.length >= targets) return { done: true, value: undefined };
    const first = missing[0];
    const seen = first === undefined ? '' : `; ${first.labels.instance ?? '?'} is ${first.health} ${first.lastError}`;
    return { done: false, seen: `${activeTargets.length - missing.length} of ${targets} are up${seen}` };
  }

  /** All series that match the selector over a time span, at the given step. Times in epoch milliseconds. */
  async range(selector: string, span: { fromMs: number; toMs: number; stepMs: number }): Promise<MetricSeries[]> {
    const query = new URLSearchParams({
      query: selector,
      start: String(span.fromMs / 1000),
      end: String(span.toMs / 1000),
      step: String(span.stepMs / 1000),
    });
    const { result } = await this.#get<RangeResult>(`query_range?${query}`);
    return result.map(({ metric: { __name__: name, ...labels }, values }) => ({
      name: name ?? selector,
      labels,
      samples: values.map(([seconds, value]) => [seconds * 1000, Number(value)]),
    }));
  }

  /** The largest value of an instant query; null when nothing matches. */
  async largest(query: string): Promise<number | null> {
    const { resultType, result } = await this.#get<InstantResult>(`query?${new URLSearchParams({ query })}`);
    const samples =
      resultType === 'scalar'
        ? [result as [number, string]]
        : (result as { value: [number, string] }[]).map(({ value }) => value);
    const values = samples.map(([, value]) => Number(value)).filter((value) => !Number.isNaN(value));
    return values.length === 0 ? null : Math.max(...values);
  }

  /** The alerts that are pending or firing now. */
  async alerts(): Promise<FiringAlert[]> {
    return (await this.#get<{ alerts: FiringAlert[] }>('alerts')).alerts;
  }

  async #get<T>(path: string): Promise<T> {
    const response = await fetch(`${this.#base}/${path}`, { signal: AbortSignal.timeout(5000) });
    const answer = (await response.json()) as PrometheusAnswer<T>;
    if (answer.status !== 'success') throw new Error(`Prometheus refused ${path}: ${answer.error ?? response.status}`);
    return answer.data;
  }
}

const ALERT_POLL_MS = 500;

/** Watches alerts during a run; `stop` gives what fired and when it was first and last seen. */
export interface AlertWatch {
  stop(): Promise<{ alerts: AlertRecord[]; failedPolls: number; polls: number; lastProblem?: string }>;
}

/** Polls the alerts each half second, so a firing is seen at most that much late. */
export function watchAlerts(client: PrometheusClient, now: () => number): AlertWatch {
  const records = new Map<string, AlertRecord>();
  let polls = 0;
  let failedPolls = 0;
  let lastProblem: string | undefined;
  let current: Promise<void> = Promise.resolve();

  const poll = async (): Promise<void> => {
    polls += 1;
    try {
      observeAlerts(records, await client.alerts(), now());
    } catch (thrown) {
      failedPolls += 1;
      lastProblem = messageOf(thrown);
    }
  };
  const timer = setInterval(() => {
    current = current.then(poll);
  }, ALERT_POLL_MS);

  return {
    async stop() {
      clearInterval(timer);
      await current;
      const alerts = [...records.values()];
      return { alerts, polls, failedPolls, ...(lastProblem === undefined ? {} : { lastProblem }) };
    },
  };
}

/** Pure: takes one poll into the records. An alert that fires again after it resolved makes a second record. */
export function observeAlerts(records: Map<string, AlertRecord>, seen: readonly FiringAlert[], atMs: number): void {
  const present = new Set<string>();
  for (const { labels, state, activeAt } of seen) {
    const { alertname: name = 'unnamed', ...rest } = labels;
    const key = `${JSON.stringify(labels)} ${activeAt}`;
    present.add(key);
    const record = records.get(key) ?? {
      name,
      labels: rest,
      activeAtMs: Date.parse(activeAt),
      firedAtMs: null,
      resolvedAtMs: null,
    };
    if (state === 'firing') record.firedAtMs ??= atMs;
    records.set(key, record);
  }
  for (const [key, record] of records) {
    if (!present.has(key)) record.resolvedAtMs ??= atMs;
  }
}
