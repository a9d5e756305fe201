import { type KnownRun, listRuns, type SweepResult, sweep } from '../runtime/process/sweep.ts';

/** Removes what runs left behind whose harness is gone; those that are still going on are not touched. */
export async function sweepDeadRuns(): Promise<SweepResult[]> {
  const dead = (await listRuns()).filter(({ alive }) => !alive);
  return await Promise.all(dead.map(sweep));
}

/** Runs whose harness is alive. */
export async function listLiveRuns(): Promise<KnownRun[]> {
  return (await listRuns()).filter(({ alive }) => alive);
}
