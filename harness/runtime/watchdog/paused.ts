import type Docker from 'dockerode';
import type { ProcessIdentity } from '../process-table.ts';

/** What stands still until somebody lets it go on, so that another process can find it. */
export type Paused = PausedProcess | PausedContainer;

/** Stopped by SIGSTOP. */
export interface PausedProcess extends ProcessIdentity {
  readonly kind: 'process';
}

/** Paused by an engine. */
export interface PausedContainer {
  readonly kind: 'container';
  readonly id: string;
  /** How its engine is reached. */
  readonly engine: Docker.DockerOptions;
}

/** A line to the watchdog: all that is paused now. It answers `{ noted: number }`. */
export interface PausedList {
  readonly number: number;
  readonly paused: readonly Paused[];
}
