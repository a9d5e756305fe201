import type { ResourceControl } from './resource-control.ts';
import type { Address, Topology } from './topology.ts';

/** A topology that runs: what every driver offers, and all that faults, probes and the runner know of it. */
export interface RunningTarget {
  readonly driver: 'process' | 'docker';
  readonly runId: string;
  readonly topology: Topology;
  readonly network: NetworkControl;
  readonly resources: ResourceControl;
  /** Aborted, with the reason, when the target is lost as a whole: what carried its nodes or its edges is gone. */
  readonly lost: AbortSignal;
  /** Where a node really listens: for the harness's own probes and read-backs only, never told to the target. */
  addressOf(node: string, port: string): Address;
  /** Where the from-side of an edge dials. */
  edgeAddress(edge: string): Address;
  status(node: string): Promise<NodeStatus>;
  /** Starts nodes that are not running, all at once, and waits until each is ready. */
  start(nodes: readonly string[], options?: { signal?: AbortSignal; timeoutMs?: number }): Promise<void>;
  /** SIGTERM, then SIGKILL after a grace time. */
  stop(nodes: readonly string[]): Promise<void>;
  /** SIGKILL of every process of these nodes, all at once; resolves when they are gone. */
  kill(nodes: readonly string[]): Promise<KillRecord[]>;
  /** Stop and start: the node's directory, files and addresses stay. */
  restart(nodes: readonly string[]): Promise<void>;
  pause(nodes: readonly string[]): Promise<void>;
  resume(nodes: readonly string[]): Promise<void>;
  /**
   * Connections of the target around its edges, as `a -> b` with the port; none where the driver makes them impossible.
   * Null where it cannot tell.
   */
  bypasses(): Promise<string[] | null>;
  /** The last lines of what the node printed. */
  logs(node: string, lines: number): Promise<string[]>;
  /** The file that holds all that the node printed, on this machine. */
  logFile(node: string): string;
  measure(node: string): Promise<ResourceUsage>;
  /** The Toxiproxy server that carries every edge: when it is saturated, latencies are its own. */
  measureProxy(): Promise<ResourceUsage>;
  /** Ends every process, removes every temporary folder; never throws for what is already gone. */
  tearDown(): Promise<void>;
}

export interface NodeStatus {
  state: 'running' | 'paused' | 'exited' | 'not-started';
  processes: number;
  exitCode?: number | null;
  /** When it was last started, in milliseconds since 1970: another after each start. Null while nothing of it runs. */
  startedAtMs: number | null;
}

export interface KillRecord {
  node: string;
  signalledAtMs: number;
  goneAtMs: number;
}

/** Totals since the node started; what the platform cannot tell is null. */
export interface ResourceUsage {
  cpuSeconds: number | null;
  memoryBytes: number | null;
  readBytes: number | null;
  writtenBytes: number | null;
}

/** What the Toxiproxy server can do for edges; without the embedded server's extensions the rest is emulated or missing. */
export interface NetworkCapabilities {
  /** All edges are cut in one request; else one after the other, with toxics that every server has. */
  readonly bulkCut: boolean;
  /** Cuts end by themselves when the harness is gone. */
  readonly leases: boolean;
  /** DNS edges carry UDP as well; else TCP only. */
  readonly datagrams: boolean;
}

/** The edges of a running target, through the Toxiproxy API. */
export interface NetworkControl {
  readonly capabilities: NetworkCapabilities;
  /** What one fault does to edges; whatever others do to the same edges stays theirs. The same for the same id. */
  forFault(id: string): FaultNetwork;
  /** What the proxies told of these edges in a span of time; null when they tell nothing. */
  testimony(edges: readonly string[], span: { fromMs: number; untilMs: number }): ProxyTestimony | null;
}

/** Edges as one fault impairs them. Both kinds of change can be made again and again, and end with `heal`. */
export interface FaultNetwork {
  /** Adds these toxics to each of the edges, all at once; those that this fault has there already are changed. */
  impair(edges: readonly string[], toxics: readonly EdgeToxic[]): Promise<EdgeChange[]>;
  /** Drops the connections of the edges and refuses new ones. */
  refuse(edges: readonly string[]): Promise<EdgeChange[]>;
  /** Takes back all that this fault did to these edges. Connections whose bytes were swallowed are closed. */
  heal(edges: readonly string[]): Promise<EdgeChange[]>;
  /** Edges that healed by themselves while they were meant to be impaired: their lease ran out. */
  readonly lapsed: readonly string[];
}

/** A toxic for an edge; upstream is the direction of requests. Attributes and their units are Toxiproxy's. */
export interface EdgeToxic {
  readonly type:
    | 'blackhole'
    | 'latency'
    | 'bandwidth'
    | 'packet_loss'
    | 'slow_close'
    | 'reset_peer'
    | 'slicer'
    | 'limit_data';
  readonly stream: 'upstream' | 'downstream';
  readonly attributes?: Readonly<Record<string, number>>;
}

/** Nothing passes in either direction, closes included. */
export const CUT: readonly EdgeToxic[] = [
  { type: 'blackhole', stream: 'upstream' },
  { type: 'blackhole', stream: 'downstream' },
];

/** What the proxies themselves told of a fault's edges while it was there. It corroborates, and attests nothing. */
export interface ProxyTestimony {
  toxicsApplied: number;
  toxicsRemoved: number;
  /** Toxics that ended by themselves, because their lease was not renewed. */
  leasesEnded: number;
  connectionsOpened: number;
  connectionsRefused: number;
  connectionsClosed: number;
}

export interface EdgeChange {
  edge: string;
  atMs: number;
}
