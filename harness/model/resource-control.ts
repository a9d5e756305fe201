/**
 * What the nodes of a running target have of the machine under them. Whatever is set stays until it is set back, and
 * holds for processes that a node starts later as well.
 */
export interface ResourceControl {
  /** Limits all processes of each node together. */
  limit(nodes: readonly string[], limits: ResourceLimits): Promise<void>;
  /** Runs this many processes beside each node's own that do nothing but use processor time; they end with the node. */
  burn(nodes: readonly string[], count: number): Promise<void>;
  /** Ends them; resolves when they are gone. */
  stopBurning(nodes: readonly string[]): Promise<void>;
  /** Fills the node's own disk to the last byte with one file, by another hand than the node's. */
  fillDisk(nodes: readonly string[]): Promise<void>;
  /** Removes that file; works for nodes that do not run as well. */
  clearDisk(nodes: readonly string[]): Promise<void>;
  freeDiskBytes(node: string): Promise<number>;
  /** From when their programs look again, within a second, their time of day is off by this; 0: it is right. */
  skewClock(nodes: readonly string[], skewMs: number): Promise<void>;
  /** What the kernel, or the engine, counts of a node; null when it does not run. */
  look(node: string): Promise<ResourceState | null>;
}

/** A limit that is left out stays as it is; null sets it back to what the topology says. */
export interface ResourceLimits {
  /** Processors' worth of time: 0.5 is half of one. */
  readonly cpus?: number | null;
  readonly memoryMebibytes?: number | null;
}

export interface ResourceState {
  /** What all processes of the node together may have in memory; null when nothing less than the whole machine. */
  readonly memoryLimitBytes: number | null;
  /** In how many periods of its processor limit the node was held back because its time was used up, so far. */
  readonly throttledPeriods: number;
}

/** What a fault needs of a node from its bring-up on. A driver that cannot give it says so before it starts anything. */
export interface NodePreparation {
  /** Its limits can be changed while it runs. */
  readonly limits?: true;
  /** Its directory is a disk of its own, of this size. */
  readonly dataMebibytes?: number;
  /** Its programs take their time of day from what the harness says. */
  readonly clock?: true;
}

/** By the node's name. */
export type Preparations = ReadonlyMap<string, NodePreparation>;
