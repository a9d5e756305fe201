import type { ImageDefinition } from '../model/image.ts';
import type { Preparations } from '../model/resource-control.ts';
import type { RunningTarget } from '../model/running-target.ts';
import type { Address, Topology } from '../model/topology.ts';

/** One way to bring a topology up: as processes of this machine, or as containers. */
export interface Driver {
  readonly name: RunningTarget['driver'];
  /**
   * Makes sure of all that it needs besides free addresses, before anything is started.
   * @throws Problem that says what is missing and how to get it.
   */
  prepare(options: PrepareOptions): Promise<PreparedDriver>;
}

export interface PrepareOptions {
  /** The image that has the target's programs; only for drivers that need one. */
  readonly image: ImageDefinition;
  /** A Toxiproxy server of the user's own instead of the embedded one: its address, or an image for containers. */
  readonly toxiproxy?: string | undefined;
  /** What the faults to come need of the nodes. */
  readonly preparations?: Preparations;
  /** What takes long, in words. */
  readonly onProgress: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface PreparedDriver {
  readonly name: RunningTarget['driver'];
  /** With what a target is brought up: programs, engine, image, each with its version. */
  readonly environment: Readonly<Record<string, string>>;
  /**
   * Brings a topology up, every edge through a proxy of its own, and waits until every node is ready. When that fails,
   * or the signal aborts, everything is taken down again first.
   */
  start(topology: Topology, options: StartOptions): Promise<RunningTarget>;
}

export interface StartOptions {
  readonly runId: string;
  /** Where each node's output goes, as `<node>.log`; outlives the run. */
  readonly logDirectory: string;
  /** The folder of the target's sources. Absolute. */
  readonly sources: string;
  /**
   * Starts what the target may reach of the harness, such as the collector of its telemetry, on an address of this machine
   * that the target can reach, and tells where each listens. Edges to what is not told of lead nowhere.
   */
  readonly endpoints?: (host: string) => Promise<EndpointAddresses>;
  /** Of the Toxiproxy server's random draws. */
  readonly seed: number;
  /** Limit of the whole bring-up; default 60 s. */
  readonly timeoutMs?: number;
  readonly onNodeReady?: (node: string) => void;
  readonly signal?: AbortSignal;
}

/** Where the harness listens for the target, by the name of the endpoint in the topology. */
export type EndpointAddresses = Readonly<Record<string, Address>>;

export const BRING_UP_TIMEOUT_MS = 60_000;
