import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import type { Address } from '../environment.ts';
import type { Logger } from '../log.ts';

const INTERVAL_MS = 500;
const ANSWER_LIMIT_MS = 500;
/** Failures in a row that take a datacenter out. */
const CHECKS_TO_FALL = 2;
/** Successes in a row that bring it back: what answers first is not yet warm, and the rest of it is still starting. */
const CHECKS_TO_RISE = 6;
/** Over this long a datacenter that is back gets its clients back: its servers and caches are cold. */
const RETURN_MS = 3000;

export interface HealthChecksOptions {
  /** Entry of each datacenter. */
  entries: ReadonlyMap<string, Address>;
  log: Logger;
  onCheck: (datacenter: string, healthy: boolean) => void;
}

export interface DatacenterHealth {
  up: boolean;
  /** Checks in a row that spoke against `up`. */
  contrary: number;
  lastFailure: string | undefined;
  /** When it came back, by performance.now(); undefined until it has been down. */
  backAtMs: number | undefined;
}

/**
 * Asks the entry of each datacenter for /healthz twice a second. Down after two failures in a row, up again
 * after six successes; up until the first verdict. Each change is logged as the event `datacenter-down` or `datacenter-up`.
 */
export class HealthChecks {
  readonly #options: HealthChecksOptions;
  readonly #health: ReadonlyMap<string, DatacenterHealth>;
  readonly #stopping = new AbortController();
  readonly #agent = new Agent({ connect: { timeout: ANSWER_LIMIT_MS } });

  constructor(options: HealthChecksOptions) {
    this.#options = options;
    this.#health = new Map(
      [...options.entries.keys()].map((name) => [
        name,
        { up: true, contrary: 0, lastFailure: undefined, backAtMs: undefined },
      ]),
    );
  }

  isUp(datacenter: string): boolean {
    return this.#health.get(datacenter)?.up ?? false;
  }

  /** Of its clients, the part that is sent to it: 0 while it is down, and growing to 1 for three seconds when it is back. */
  admittedPart(datacenter: string): number {
    const { up, backAtMs = Number.NEGATIVE_INFINITY } = this.#health.get(datacenter)!;
    return up ? Math.min(1, (performance.now() - backAtMs) / RETURN_MS) : 0;
  }

  get state(): Record<string, DatacenterHealth> {
    return Object.fromEntries(this.#health);
  }

  start(): void {
    for (const [name, address] of this.#options.entries) void this.#watch(name, address);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#agent.destroy();
  }

  async #watch(name: string, address: Address): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const startMs = performance.now();
      const failure = await this.#failureOf(address);
      if (signal.aborted) return;
      this.#judge(name, failure);
      const restMs = Math.max(0, INTERVAL_MS - (performance.now() - startMs));
      await sleep(restMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Undefined when healthy. Every check makes a connection of its own: an old one would outlive what it crossed. */
  async #failureOf({ host, port }: Address): Promise<string | undefined> {
    try {
      const { statusCode, body } = await request(`http://${host}:${port}/healthz`, {
        dispatcher: this.#agent,
        reset: true,
        signal: AbortSignal.any([AbortSignal.timeout(ANSWER_LIMIT_MS), this.#stopping.signal]),
      });
      await body.dump();
      return statusCode === 200 ? undefined : `status ${statusCode}`;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  #judge(name: string, failure: string | undefined): void {
    const health = this.#health.get(name)!;
    const healthy = failure === undefined;
    this.#options.onCheck(name, healthy);
    health.lastFailure = failure ?? health.lastFailure;
    health.contrary = healthy === health.up ? 0 : health.contrary + 1;
    if (health.contrary < (healthy ? CHECKS_TO_RISE : CHECKS_TO_FALL)) return;
    health.up = healthy;
    health.contrary = 0;
    if (healthy) health.backAtMs = performance.now();
    const event = healthy ? 'datacenter-up' : 'datacenter-down';
    this.#options.log.info({ event, datacenter: name, ...(healthy ? {} : { reason: failure }) }, event);
  }
}
