import type { Phase } from '../model/phase.ts';
import type { GeneratorMessage } from '../model/workload.ts';

export type LoadProgress = Extract<GeneratorMessage, { message: 'progress' }>;

/** What a run tells while it goes on; the command line draws it. Nothing here influences the run. */
export interface RunObserver {
  runCreated(run: { runId: string; path: string }): void;
  phaseStarted(phase: Phase, expectedMs: number | null): void;
  phaseEnded(phase: Phase, problem: string | null): void;
  nodeReady(node: string, ready: number, total: number): void;
  load(progress: LoadProgress): void;
  /** One line worth reading: a fault injected, an attestation, a leftover that was swept. */
  note(text: string): void;
}
