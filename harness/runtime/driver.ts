import type { RunningTarget } from '../model/running-target.ts';
import type { Address, Topology } from '../model/topology.ts';

/** One way to bring a topology up: as processes of this machine, or as containers. */
export interface Driver {
  readonly name: RunningTarget['driver'];
  /**
   * Brings the topology up, every edge through a proxy of its own, and waits until every node is ready. When that fails,
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
   * Starts what takes the target's telemetry, on an address of this machine that the target can reach, and tells where
   * it listens. Without it the services' telemetry goes nowhere.
   */
  readonly collector?: (host: string) => Promise<Address>;
  /** Of the Toxiproxy server's random draws. */
  readonly seed: number;
  /** Limit of the whole bring-up; default 60 s. */
  readonly timeoutMs?: number;
  readonly onNodeReady?: (node: string) => void;
  readonly signal?: AbortSignal;
}

export const BRING_UP_TIMEOUT_MS = 60_000;
