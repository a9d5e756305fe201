import { type Clock, systemClock } from '../../base/clock.ts';
import { Problem } from '../../base/errors.ts';
import { pollUntil } from '../../base/poll.ts';
import type { KillRecord, NodeStatus, ResourceUsage, RunningTarget } from '../../model/running-target.ts';
import type { Address, Topology } from '../../model/topology.ts';
import { awaitAllReady, type BringUpOptions } from '../bring-up.ts';
import { BRING_UP_TIMEOUT_MS } from '../driver.ts';
import { GivingWay } from '../giving-way.ts';
import { nodeNamed } from '../known-nodes.ts';
import { lastLines } from '../launched.ts';
import type { ToxiproxyNetwork } from '../network/network.ts';
import { lossOfServer } from '../network/server-watch.ts';
import { listProcesses, type ProcessEntry, processesOf, startedAtMsOf } from '../process-table.ts';
import type { PausedProcess } from '../watchdog/paused.ts';
import type { Watchdog } from '../watchdog/watchdog.ts';
import type { Addresses } from '../wiring.ts';
import { findBypasses } from './bypass.ts';
import { killGroups, signal } from './killing.ts';
import type { LoggedProcess } from './logged-process.ts';
import { mayGiveWay, STARTING_NICENESS, setNiceness, USUAL_NICENESS } from './niceness.ts';
import { ProcessResources } from './resources/process-resources.ts';
import type { TargetNode } from './target-node.ts';
import { peakMemoryBytesOf, UsageMeter } from './usage.ts';

interface MeteredNode extends TargetNode {
  readonly meter: UsageMeter;
}

/** What a service may take to finish what it has in flight. */
const STOP_GRACE_MS = 3000;
const SIGNAL_TIMEOUT_MS = 2000;
const LOOK_INTERVAL_MS = 20;

/** A target whose nodes are processes of this machine. */
export class ProcessTarget implements RunningTarget {
  readonly driver = 'process';
  readonly runId: string;
  readonly topology: Topology;
  readonly network: ToxiproxyNetwork;
  readonly resources: ProcessResources;
  readonly lost: AbortSignal;
  readonly #addresses: Addresses;
  readonly #nodes: ReadonlyMap<string, MeteredNode>;
  readonly #server: LoggedProcess | null;
  readonly #watchdog: Watchdog;
  readonly #serverMeter = new UsageMeter();
  readonly #cleanUp: AsyncDisposableStack;
  readonly #clock: Clock = systemClock;
  readonly #closing = new AbortController();
  #tornDown: Promise<void> | undefined;

  constructor(options: {
    runId: string;
    topology: Topology;
    addresses: Addresses;
    network: ToxiproxyNetwork;
    nodes: readonly TargetNode[];
    /** The Toxiproxy server; null when it is not ours to measure. */
    server: LoggedProcess | null;
    watchdog: Watchdog;
    /** Takes everything down, newest first. */
    cleanUp: AsyncDisposableStack;
  }) {
    this.runId = options.runId;
    this.topology = options.topology;
    this.network = options.network;
    this.resources = new ProcessResources(options.nodes);
    this.#addresses = options.addresses;
    this.#nodes = new Map(options.nodes.map((node) => [node.definition.name, { ...node, meter: new UsageMeter() }]));
    this.#server = options.server;
    this.lost = this.#server === null ? new AbortController().signal : lossOfServer(this.#server, this.#closing.signal);
    this.#watchdog = options.watchdog;
    this.#cleanUp = options.cleanUp;
  }

  addressOf(node: string, port: string): Address {
    return this.#addresses.listen(node, port);
  }

  edgeAddress(edge: string): Address {
    return this.#addresses.edge(edge).listen;
  }

  async status(node: string): Promise<NodeStatus> {
    const { process } = this.#node(node);
    const members = await this.#membersOf([process]);
    const processes = members.length;
    if (!process.launched) return { state: 'not-started', processes, startedAtMs: null };
    if (!process.running || processes === 0) {
      return { state: 'exited', processes, exitCode: process.end?.code ?? null, startedAtMs: null };
    }
    const first = members.find(({ pid }) => pid === process.identity?.pid);
    return {
      state: members.every(({ stopped }) => stopped) ? 'paused' : 'running',
      processes,
      startedAtMs: first === undefined ? null : startedAtMsOf(first),
    };
  }

  /** Nodes keep their directory, their files and their ports from start to start. */
  async start(nodes: readonly string[], options: Partial<BringUpOptions> = {}): Promise<void> {
    const { timeoutMs = BRING_UP_TIMEOUT_MS, onReady, signal: asked } = options;
    const stop = asked === undefined ? this.#closing.signal : AbortSignal.any([this.#closing.signal, asked]);
    const chosen = nodes.map((name) => this.#node(name)).filter(({ process }) => !process.running);
    await Promise.all(chosen.map(({ process }) => process.ended));
    stop.throwIfAborted();
    const stopped = chosen.filter(({ process }) => !process.running);
    const givesWay = mayGiveWay && [...this.#nodes.values()].some(({ process }) => process.running);
    for (const { process, program, meter } of stopped) {
      meter.restart();
      process.launch(program);
      if (givesWay && process.identity !== null) setNiceness([process.identity.pid], STARTING_NICENESS);
    }
    const awaited = stopped.map(({ definition: { name, ports, readiness }, process }) => ({
      process,
      readiness,
      address: this.addressOf(name, readiness.port),
      listens: Object.keys(ports).map((port) => this.addressOf(name, port)),
    }));
    const way = new GivingWay(async (name) => {
      if (!givesWay) return;
      const members = await this.#membersOf([this.#node(name).process]);
      setNiceness(
        members.map(({ pid }) => pid),
        USUAL_NICENESS,
      );
    });
    const onOneReady = (name: string) => {
      way.end(name);
      onReady?.(name);
    };
    try {
      await awaitAllReady(awaited, { timeoutMs, signal: stop, onReady: onOneReady });
    } finally {
      await way.endAll(stopped.map(({ definition }) => definition.name));
    }
  }

  async stop(nodes: readonly string[]): Promise<void> {
    const processes = this.#processes(nodes);
    for (const { running, identity } of processes) if (running && identity !== null) signal(identity.pid, 'SIGTERM');
    // A paused process takes no notice of SIGTERM until it goes on.
    await this.resume(nodes);
    const deadlineMs = this.#clock.now() + STOP_GRACE_MS;
    while (this.#clock.now() < deadlineMs && (await this.#membersOf(processes)).length > 0) {
      await this.#clock.sleep(LOOK_INTERVAL_MS);
    }
    await this.kill(nodes);
  }

  async kill(nodes: readonly string[]): Promise<KillRecord[]> {
    const processes = this.#processes(nodes);
    const killings = await killGroups(
      processes.map(({ group }) => group),
      { clock: this.#clock, beforeFirst: (name, members) => this.#node(name).meter.note(members) },
    );
    await Promise.all(processes.map(({ ended }) => ended));
    return killings.map(({ name, signalledAtMs, goneAtMs }) => ({ node: name, signalledAtMs, goneAtMs }));
  }

  async pause(nodes: readonly string[]): Promise<void> {
    // Before time is counted: the first guard takes the start of a process.
    await this.#watchdog.guard((await this.#membersOf(this.#processes(nodes))).map(pausedProcess));
    await this.#signalUntil(nodes, 'SIGSTOP', ({ stopped }) => stopped);
  }

  async resume(nodes: readonly string[]): Promise<void> {
    const resumed = await this.#signalUntil(nodes, 'SIGCONT', ({ stopped }) => !stopped);
    await this.#watchdog.release(resumed.map(pausedProcess));
  }

  async restart(nodes: readonly string[], options: Partial<BringUpOptions> = {}): Promise<void> {
    await this.stop(nodes);
    await this.start(nodes, options);
  }

  async bypasses(): Promise<string[] | null> {
    const table = await listProcesses();
    const nodes = [...this.#nodes.values()].map(({ definition: { name, ports }, process }) => ({
      name,
      pids: processesOf(table, process.group).map(({ pid }) => pid),
      ports: Object.keys(ports).map((port) => this.addressOf(name, port).port),
    }));
    const found = findBypasses(nodes)?.map(({ from, to, port }) => `${from} -> ${to} (port ${port})`);
    return found === undefined ? null : [...new Set(found)];
  }

  async logs(node: string, lines: number): Promise<string[]> {
    return await lastLines(this.#node(node).process, lines);
  }

  logFile(node: string): string {
    return this.#node(node).process.logFile;
  }

  async measure(node: string): Promise<ResourceUsage> {
    const { process, meter } = this.#node(node);
    return meter.read(await this.#membersOf([process]));
  }

  /** Its memory is the most that it ever had, since a saturated moment is what is looked for. */
  async measureProxy(): Promise<ResourceUsage> {
    if (this.#server === null) return { cpuSeconds: null, memoryBytes: null, readBytes: null, writtenBytes: null };
    const usage = this.#serverMeter.read(await this.#membersOf([this.#server]));
    const { identity } = this.#server;
    return { ...usage, memoryBytes: identity === null ? null : peakMemoryBytesOf(identity.pid) };
  }

  async tearDown(): Promise<void> {
    this.#closing.abort(new Problem('The target is being torn down', { code: 'torn-down' }));
    this.#tornDown ??= this.#cleanUp.disposeAsync();
    await this.#tornDown;
  }

  /** Signals until every process of the nodes is as wanted, and gives them: one may be starting another meanwhile. */
  async #signalUntil(
    nodes: readonly string[],
    name: 'SIGSTOP' | 'SIGCONT',
    asWanted: (entry: ProcessEntry) => boolean,
  ): Promise<ProcessEntry[]> {
    const processes = this.#processes(nodes);
    return await pollUntil(
      async () => {
        const members = await this.#membersOf(processes);
        const others = members.filter((entry) => !asWanted(entry));
        if (name === 'SIGSTOP') await this.#watchdog.guard(others.map(pausedProcess));
        for (const { pid } of others) signal(pid, name);
        return others.length === 0
          ? { done: true, value: members }
          : { done: false, seen: `${name} sent to ${others.map(({ pid }) => `process ${pid}`).join(', ')}` };
      },
      {
        subject: `every process of ${nodes.join(', ')} to take ${name}`,
        timeoutMs: SIGNAL_TIMEOUT_MS,
        intervalMs: LOOK_INTERVAL_MS,
        clock: this.#clock,
      },
    );
  }

  async #membersOf(processes: readonly LoggedProcess[]): Promise<ProcessEntry[]> {
    const table = await listProcesses();
    return processes.flatMap(({ group }) => processesOf(table, group));
  }

  #processes(nodes: readonly string[]): LoggedProcess[] {
    return nodes.map((name) => this.#node(name).process);
  }

  #node(name: string): MeteredNode {
    return nodeNamed(this.#nodes, name);
  }
}

function pausedProcess({ pid, startTime }: ProcessEntry): PausedProcess {
  return { kind: 'process', pid, startTime };
}
