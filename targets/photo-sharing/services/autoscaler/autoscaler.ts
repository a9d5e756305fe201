import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import type { Address } from '../environment.ts';
import type { Logger } from '../log.ts';
import type { Cloud } from './cloud.ts';
import { decide, type Limits, type Measurement, type Memory } from './decide.ts';
import { LoadMeter, readSample, type Sample } from './load-meter.ts';
import type { Observations } from './observations.ts';

const INTERVAL_MS = 1000;
const ANSWER_LIMIT_MS = 800;

export interface AutoscalerOptions {
  /** Every web server there may be, by name. */
  webServers: ReadonlyMap<string, Address>;
  limits: Limits;
  /** Whether it acts on what it decides. */
  acts: boolean;
  cloud: Cloud;
  observations: Observations;
  log: Logger;
}

/**
 * Each second: what every web server tells -> how busy they are -> how many there should be -> the cloud is asked for the
 * difference, which is awaited. Without it, or while it knows nothing, the tier stays as it is.
 */
export class Autoscaler {
  readonly #options: AutoscalerOptions;
  readonly #meter = new LoadMeter();
  readonly #stopping = new AbortController();
  readonly #agent = new Agent({ connect: { timeout: ANSWER_LIMIT_MS } });
  #memory: Memory = { needs: [], changedAtMs: Number.NEGATIVE_INFINITY };

  constructor(options: AutoscalerOptions) {
    this.#options = options;
  }

  async run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const startMs = performance.now();
      this.#meter.note(await this.#askAll());
      await this.#scale(this.#meter.measure(performance.now())).catch((error: unknown) => {
        this.#options.log.warn({ err: error }, 'scaling failed');
      });
      const restMs = Math.max(0, INTERVAL_MS - (performance.now() - startMs));
      await sleep(restMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#agent.destroy();
  }

  async #scale(measurement: Measurement | null): Promise<void> {
    const { limits, acts, observations } = this.#options;
    const { wanted, memory } = decide(measurement, this.#memory, limits);
    this.#memory = memory;
    if (measurement === null || wanted === null) return;
    const { serving, utilisation } = measurement;
    observations.observe({ wanted, running: serving, utilisation });
    if (!acts || wanted === serving) return;
    await this.#change(wanted - serving, { wanted, serving, utilisation });
  }

  /** Asks for so many more or fewer. Whatever comes of it, the next decision waits as after a change. */
  async #change(difference: number, why: { wanted: number; serving: number; utilisation: number }): Promise<void> {
    const { cloud, log, webServers } = this.#options;
    const verb = difference > 0 ? 'start' : 'stop';
    const known = (await cloud.list()).filter(({ node }) => webServers.has(node));
    const candidates = known.filter(({ runs }) => runs === (verb === 'stop')).map(({ node }) => node);
    // The last that came goes first.
    const nodes = (verb === 'start' ? candidates : candidates.reverse()).slice(0, Math.abs(difference));
    if (nodes.length === 0) return;
    const event = verb === 'start' ? 'scaling-up' : 'scaling-down';
    log.info({ event, nodes, ...why }, event);
    const results = await Promise.allSettled(nodes.map((node) => cloud.change(node, verb)));
    this.#memory = { needs: [], changedAtMs: performance.now() };
    for (const result of results) if (result.status === 'rejected') log.warn({ err: result.reason }, `${verb} failed`);
  }

  async #askAll(): Promise<Map<string, Sample | null>> {
    const { webServers } = this.#options;
    return new Map(
      await Promise.all(
        [...webServers].map(async ([name, address]) => [name, await this.#ask(address).catch(() => null)] as const),
      ),
    );
  }

  async #ask({ host, port }: Address): Promise<Sample | null> {
    const { body } = await request(`http://${host}:${port}/metrics`, {
      dispatcher: this.#agent,
      signal: AbortSignal.any([AbortSignal.timeout(ANSWER_LIMIT_MS), this.#stopping.signal]),
    });
    const page = await body.text();
    return readSample(page, performance.now());
  }
}
