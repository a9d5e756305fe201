import type Docker from 'dockerode';
import { type Clock, systemClock } from '../../base/clock.ts';
import { Problem } from '../../base/errors.ts';
import type { KillRecord, NodeStatus, ResourceUsage, RunningTarget } from '../../model/running-target.ts';
import type { Address, NodeDefinition, Topology } from '../../model/topology.ts';
import { awaitAllReady, type BringUpOptions } from '../bring-up.ts';
import { BRING_UP_TIMEOUT_MS } from '../driver.ts';
import { GivingWay } from '../giving-way.ts';
import { nodeNamed } from '../known-nodes.ts';
import { lastLines } from '../launched.ts';
import type { ToxiproxyNetwork } from '../network/network.ts';
import { lossOfServer } from '../network/server-watch.ts';
import type { PausedContainer } from '../watchdog/paused.ts';
import type { Watchdog } from '../watchdog/watchdog.ts';
import type { NodeContainer } from './container.ts';
import type { ContainerAddresses } from './container-addresses.ts';
import { killContainers } from './killing.ts';
import { STARTING_SHARE, share, USUAL_SHARE } from './processor-share.ts';
import type { Reach } from './reach.ts';
import { ContainerResources } from './resources/container-resources.ts';
import type { DataDisks } from './resources/data-disks.ts';
import { ContainerMeter, peakMemoryBytesOf } from './usage.ts';

interface ContainedNode {
  readonly definition: NodeDefinition;
  readonly container: NodeContainer;
  readonly meter: ContainerMeter;
}

/** What a service may take to finish what it has in flight. */
const STOP_GRACE_S = 3;

/** A target whose nodes are containers of a Docker Engine. */
export class DockerTarget implements RunningTarget {
  readonly driver = 'docker';
  readonly runId: string;
  readonly topology: Topology;
  readonly network: ToxiproxyNetwork;
  readonly resources: ContainerResources;
  readonly lost: AbortSignal;
  readonly #addresses: ContainerAddresses;
  readonly #reach: Reach;
  readonly #nodes: ReadonlyMap<string, ContainedNode>;
  readonly #server: NodeContainer;
  readonly #watchdog: Watchdog;
  readonly #connection: Docker.DockerOptions;
  readonly #cleanUp: AsyncDisposableStack;
  readonly #clock: Clock = systemClock;
  readonly #closing = new AbortController();
  readonly #paused = new Set<string>();
  #tornDown: Promise<void> | undefined;

  constructor(options: {
    runId: string;
    topology: Topology;
    addresses: ContainerAddresses;
    /** How this machine gets to the addresses of the containers. */
    reach: Reach;
    network: ToxiproxyNetwork;
    containers: ReadonlyMap<string, NodeContainer>;
    disks: DataDisks;
    /** The Toxiproxy server. */
    server: NodeContainer;
    watchdog: Watchdog;
    /** To the engine. */
    connection: Docker.DockerOptions;
    /** Aborted when the engine goes. */
    lost: AbortSignal;
    /** Takes everything down, newest first. */
    cleanUp: AsyncDisposableStack;
  }) {
    this.runId = options.runId;
    this.topology = options.topology;
    this.network = options.network;
    this.resources = new ContainerResources(options.topology.nodes, options);
    this.lost = AbortSignal.any([options.lost, lossOfServer(options.server, this.#closing.signal)]);
    this.#addresses = options.addresses;
    this.#reach = options.reach;
    this.#server = options.server;
    this.#watchdog = options.watchdog;
    this.#connection = options.connection;
    this.#cleanUp = options.cleanUp;
    this.#nodes = new Map(
      options.topology.nodes.map((definition) => {
        const container = options.containers.get(definition.name);
        if (container === undefined) throw new Error(`${definition.name} has no container`);
        return [definition.name, { definition, container, meter: new ContainerMeter() }];
      }),
    );
  }

  addressOf(node: string, port: string): Address {
    return this.#reach.fromHere(this.#addresses.listen(node, port));
  }

  edgeAddress(edge: string): Address {
    return this.#reach.fromHere(this.#addresses.edge(edge).listen);
  }

  async status(node: string): Promise<NodeStatus> {
    const { container } = this.#node(node);
    if (!container.launched) return { state: 'not-started', processes: 0, startedAtMs: null };
    const { State: state } = await container.api.inspect();
    if (!state.Running) {
      return { state: 'exited', processes: 0, exitCode: container.end?.code ?? null, startedAtMs: null };
    }
    const { Processes: processes } = (await container.api.top()) as { Processes: unknown[] };
    return {
      state: state.Paused ? 'paused' : 'running',
      processes: processes.length,
      startedAtMs: Date.parse(state.StartedAt),
    };
  }

  /** Nodes keep their directory, their files and their addresses from start to start. */
  async start(nodes: readonly string[], options: Partial<BringUpOptions> = {}): Promise<void> {
    const { timeoutMs = BRING_UP_TIMEOUT_MS, onReady, signal: asked } = options;
    const signals = [this.#closing.signal, this.lost, ...(asked === undefined ? [] : [asked])];
    const signal = AbortSignal.any(signals);
    const chosen = nodes.map((name) => this.#node(name)).filter(({ container }) => !container.running);
    await Promise.all(chosen.map(({ container }) => container.ended));
    signal.throwIfAborted();
    const stopped = chosen.filter(({ container }) => !container.running);
    const givesWay = [...this.#nodes.values()].some(({ container }) => container.running);
    if (givesWay) await Promise.all(stopped.map(({ container }) => share(container.api, STARTING_SHARE)));
    const way = new GivingWay(async (name) => {
      if (givesWay) await share(this.#node(name).container.api, USUAL_SHARE);
    });
    try {
      await Promise.all(
        stopped.map(async ({ container, meter }) => {
          meter.restart();
          this.#paused.delete(container.name);
          await container.launch();
        }),
      );
      const awaited = stopped.map(({ definition: { name, readiness }, container }) => ({
        process: container,
        readiness,
        address: this.addressOf(name, readiness.port),
        listens: [],
      }));
      const onOneReady = (name: string) => {
        way.end(name);
        onReady?.(name);
      };
      await awaitAllReady(awaited, { timeoutMs, signal, onReady: onOneReady });
    } finally {
      await way.endAll(stopped.map(({ container }) => container.name));
    }
  }

  async stop(nodes: readonly string[]): Promise<void> {
    await this.resume(nodes);
    await Promise.all(
      this.#running(nodes).map(async ({ container }) => {
        await container.api.stop({ t: STOP_GRACE_S });
        await container.ended;
      }),
    );
  }

  async kill(nodes: readonly string[]): Promise<KillRecord[]> {
    const chosen = nodes.map((name) => this.#node(name));
    const { here } = this.#reach;
    if (here) for (const { container, meter } of chosen) meter.noteFromHere(container);
    const containers = chosen.map(({ container }) => container);
    const killed = await killContainers(containers, { clock: this.#clock, paused: this.#paused, here });
    for (const name of nodes) this.#paused.delete(name);
    await this.#watchdog.release(chosen.map((node) => this.#asPaused(node)));
    return killed;
  }

  async pause(nodes: readonly string[]): Promise<void> {
    const running = this.#running(nodes);
    await this.#watchdog.guard(running.map((node) => this.#asPaused(node)));
    await Promise.all(
      running.map(async ({ container: { name, api } }) => {
        if (this.#paused.has(name)) return;
        await api.pause();
        this.#paused.add(name);
      }),
    );
  }

  async resume(nodes: readonly string[]): Promise<void> {
    const running = this.#running(nodes);
    await Promise.all(
      running.map(async ({ container: { name, api } }) => {
        if (!this.#paused.has(name)) return;
        await api.unpause();
        this.#paused.delete(name);
      }),
    );
    await this.#watchdog.release(running.map((node) => this.#asPaused(node)));
  }

  async restart(nodes: readonly string[], options: Partial<BringUpOptions> = {}): Promise<void> {
    await this.stop(nodes);
    await this.start(nodes, options);
  }

  /** From zone to zone there is no other way; within a zone nobody looks. */
  async bypasses(): Promise<string[]> {
    return [];
  }

  async logs(node: string, lines: number): Promise<string[]> {
    return await lastLines(this.#node(node).container, lines);
  }

  logFile(node: string): string {
    return this.#node(node).container.logFile;
  }

  async measure(node: string): Promise<ResourceUsage> {
    const { container, meter } = this.#node(node);
    return await meter.read(container);
  }

  /** Its memory is the most that it ever had, since a saturated moment is what is looked for. */
  async measureProxy(): Promise<ResourceUsage> {
    const usage = await new ContainerMeter().read(this.#server);
    return { ...usage, memoryBytes: await peakMemoryBytesOf(this.#server) };
  }

  async tearDown(): Promise<void> {
    this.#closing.abort(new Problem('The target is being torn down', { code: 'torn-down' }));
    this.#tornDown ??= this.#cleanUp.disposeAsync();
    await this.#tornDown;
  }

  #asPaused({ container }: ContainedNode): PausedContainer {
    return { kind: 'container', id: container.api.id, engine: this.#connection };
  }

  #running(nodes: readonly string[]): ContainedNode[] {
    return nodes.map((name) => this.#node(name)).filter(({ container }) => container.running);
  }

  #node(name: string): ContainedNode {
    return nodeNamed(this.#nodes, name);
  }
}
