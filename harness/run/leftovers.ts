import { unfinishedFaults } from '../record/unfinished-faults.ts';
import { type Engine, findEngine } from '../runtime/docker/engine.ts';
import { listEngineRuns } from '../runtime/docker/engine-runs.ts';
import { removeRun } from '../runtime/docker/removal.ts';
import { type KnownRun, listRuns, sweep } from '../runtime/process/sweep.ts';
import { readJournalPath } from '../runtime/run-folder.ts';

/** What a dead run had left behind, and what became of it. */
export interface Swept {
  readonly runId: string;
  readonly processes: number;
  readonly containers: number;
  readonly networks: number;
  /** What was injected when its harness died; it ended with its target. */
  readonly faults: readonly string[];
  /** Its containers could not be looked for, because no engine answers; its folder stays as a reminder. */
  readonly unreachable: boolean;
}

/** Removes what runs left behind whose harness is gone, or those of them that are meant; what goes on is not touched. */
export async function sweepDeadRuns(isMeant: (runId: string) => boolean = () => true): Promise<Swept[]> {
  const engine = await findEngine();
  const folders = new Map((await listRuns()).filter(({ alive }) => !alive).map((run) => [run.runId, run]));
  const inEngine = engine === null ? [] : (await listEngineRuns(engine.api)).filter(({ alive }) => !alive);
  const runIds = new Set([...folders.keys(), ...inEngine.map(({ runId }) => runId)]);
  return await Promise.all([...runIds].filter(isMeant).map((runId) => sweepRun(runId, folders.get(runId), engine)));
}

/** Runs whose harness is alive. */
export async function listLiveRuns(): Promise<KnownRun[]> {
  return (await listRuns()).filter(({ alive }) => alive);
}

/** `12 processes, 16 containers and 7 networks`: what was removed of a run, in words. */
export function describeSwept({ runId, processes, containers, networks, faults, unreachable }: Swept): string {
  if (unreachable) {
    return `Not removed: the containers of ${runId}, because no Docker Engine answers; start it and run "npm run undo"`;
  }
  const counts = [
    `${processes} processes`,
    ...(networks > 0 ? [`${containers} containers, ${networks} networks`] : []),
  ];
  const ended = faults.length === 0 ? '' : `; with it ended: ${faults.join(', ')}`;
  return `Removed what the dead run ${runId} had left behind (${counts.join(', ')})${ended}`;
}

/** Containers first: while they are there, the folder is what tells of them. */
async function sweepRun(runId: string, folder: KnownRun | undefined, engine: Engine | null): Promise<Swept> {
  const journal = folder === undefined ? null : readJournalPath(folder);
  const faults = journal === null ? [] : await unfinishedFaults(journal).catch(() => []);
  const nothing = { runId, processes: 0, containers: 0, networks: 0, faults };
  if (engine === null && folder?.hasContainers) return { ...nothing, unreachable: true };
  const removed = engine === null ? { containers: 0, networks: 0 } : await removeRun(engine.api, runId);
  const processes = folder === undefined ? 0 : (await sweep(folder)).processes;
  return { runId, processes, ...removed, faults, unreachable: false };
}
