import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Target } from '../model/experiment.ts';
import type { HarnessMeasurements } from '../model/run-record.ts';
import type { RunningTarget } from '../model/running-target.ts';
import { type Address, edgeName, formatAddress } from '../model/topology.ts';
import {
  AS_PLANNED,
  type FaultLoad,
  type GeneratorCommand,
  type GeneratorMessage,
  type GeneratorPlan,
  type LoadChange,
  type LoadControl,
} from '../model/workload.ts';
import type { RunDirectory } from '../record/run-directory.ts';
import { SideProcess } from '../runtime/side-process.ts';
import type { LoadProgress } from './observer.ts';
import type { RunPlan } from './plan.ts';

const SCRIPT = fileURLToPath(new URL('../workload/generator/main.ts', import.meta.url));
const START_TIMEOUT_MS = 10_000;
const SESSIONS_TIMEOUT_MS = 60_000;
const CANARY_TIMEOUT_MS = 15_000;
const CHANGE_TIMEOUT_MS = 5000;
/** After `stop` it waits for what is in flight, at most the longest time-out, then writes its history out. */
const STOP_TIMEOUT_MS = 20_000;
const REQUEST_TIMEOUT_MS = { read: 2000, write: 3000 };

type Message<Name extends GeneratorMessage['message']> = Extract<GeneratorMessage, { message: Name }>;

/** What it needs of a run's plan. */
export interface LoadPlan extends Pick<RunPlan, 'load' | 'topology' | 'seed'> {
  readonly experiment: {
    readonly target: Pick<Target, 'clientModule' | 'siteName' | 'clientSubnets' | 'entryAddresses'>;
  };
}

interface StartOptions {
  plan: LoadPlan;
  running: RunningTarget;
  directory: Pick<RunDirectory, 'path' | 'history'>;
  collector: Address;
  signal: AbortSignal;
  onProgress(progress: LoadProgress): void;
}

/** The load generator's process, as the runner talks to it. */
export class LoadGenerator implements LoadControl {
  readonly #process: SideProcess;
  /** By fault, the newest last. */
  readonly #changes = new Map<string, Partial<LoadChange>>();

  private constructor(process: SideProcess) {
    this.#process = process;
  }

  static async start(options: StartOptions): Promise<LoadGenerator> {
    const { directory, signal, onProgress } = options;
    const planFile = join(directory.path, 'load.json');
    await writeFile(planFile, JSON.stringify(generatorPlan(options), null, 2));
    const generator = new LoadGenerator(SideProcess.start('load generator', SCRIPT, [planFile]));
    generator.#process.consume((message) => {
      if (message.message !== 'progress') return false;
      onProgress(message as unknown as LoadProgress);
      return true;
    });
    const isReady = messageNamed('ready');
    await generator.#process.firstSign(isReady, { awaited: '"ready"', timeoutMs: START_TIMEOUT_MS, signal });
    return generator;
  }

  /** Registers every user and logs them in, before any load. */
  async openSessions(signal: AbortSignal): Promise<Message<'sessions-open'>> {
    this.#send({ command: 'open-sessions' });
    return await this.#await('sessions-open', SESSIONS_TIMEOUT_MS, signal);
  }

  async canary(signal: AbortSignal): Promise<Message<'canary'>> {
    this.#send({ command: 'canary' });
    return await this.#await('canary', CANARY_TIMEOUT_MS, signal);
  }

  begin(): void {
    this.#send({ command: 'start' });
  }

  forFault(id: string): FaultLoad {
    return {
      change: async (change) => {
        this.#changes.delete(id);
        this.#changes.set(id, change);
        this.#send({ command: 'change-load', change: together([...this.#changes.values()]) });
        return (await this.#await('load-changed', CHANGE_TIMEOUT_MS)).atMs;
      },
    };
  }

  /** No new arrivals; resolves when the history is complete on disk. */
  async stop(): Promise<HarnessMeasurements['generator']> {
    this.#send({ command: 'stop' });
    const { message, ...statistics } = await this.#await('stopped', STOP_TIMEOUT_MS);
    return statistics;
  }

  async end(): Promise<void> {
    await this.#process.end();
  }

  #send(command: GeneratorCommand): void {
    this.#process.send({ ...command });
  }

  async #await<Name extends GeneratorMessage['message']>(
    name: Name,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<Message<Name>> {
    const options = { awaited: `"${name}"`, timeoutMs, ...(signal === undefined ? {} : { signal }) };
    return await this.#process.next(messageNamed(name), options);
  }
}

/** Takes messages of one kind; a `problem` that comes instead ends the wait. */
function messageNamed<Name extends GeneratorMessage['message']>(name: Name) {
  return (message: Record<string, unknown>): Message<Name> | undefined => {
    if (message.message === 'problem') throw new Error(`The load generator reports: ${String(message.detail)}`);
    return message.message === name ? (message as unknown as Message<Name>) : undefined;
  };
}

/** What several faults make of the load: their rates multiply, and of the shares the newest holds. */
function together(changes: readonly Partial<LoadChange>[]): LoadChange {
  const rateFactor = changes.reduce((product, change) => product * (change.rateFactor ?? 1), 1);
  return Object.assign({}, AS_PLANNED, ...changes, { rateFactor });
}

function generatorPlan({ plan, running, directory, collector }: StartOptions): GeneratorPlan {
  const { target } = plan.experiment;
  const regions = Object.keys(plan.load.regions);
  const edgesOf = (region: string) => plan.topology.edges.filter(({ from }) => from === `clients.${region}`);
  const resolvers: Record<string, string> = {};
  const entries: Record<string, Record<string, string>> = {};
  for (const region of regions) {
    const reached: Record<string, string> = {};
    for (const edge of edgesOf(region)) {
      const address = formatAddress(running.edgeAddress(edgeName(edge)));
      if (edge.port === 'dns') {
        resolvers[region] = address;
        continue;
      }
      const { zone } = plan.topology.nodes.find(({ name }) => name === edge.to)!;
      // What an answered address leads to is told by its zone alone.
      if (zone in reached)
        throw new Error(`clients.${region} has two entries in ${zone}, the second by ${edgeName(edge)}`);
      reached[zone] = address;
    }
    entries[region] = reached;
  }
  return {
    runId: running.runId,
    seed: plan.seed,
    load: plan.load,
    clientModule: target.clientModule,
    siteName: target.siteName,
    resolvers,
    resolverTransport: running.network.capabilities.datagrams ? 'udp' : 'tcp',
    clientSubnets: { ...target.clientSubnets },
    entryAddresses: Object.fromEntries(Object.entries(target.entryAddresses).map(([zone, address]) => [address, zone])),
    entries,
    collector: `http://${formatAddress(collector)}`,
    historyFile: directory.history,
    timeoutMs: REQUEST_TIMEOUT_MS,
  };
}
