import { hostname } from 'node:os';
import type Docker from 'dockerode';
import { isAlive } from '../process-table.ts';
import { ownerIn, RUN_LABEL } from './labels.ts';

/** A run of this machine's that has containers or networks in an engine. */
export interface EngineRun {
  readonly runId: string;
  /** Whether the harness that made it still lives. */
  readonly alive: boolean;
}

/** By what is in the engine alone: it finds a run whose folder is gone as well. Runs of other machines are left out. */
export async function listEngineRuns(api: Docker): Promise<EngineRun[]> {
  const filters = { label: [RUN_LABEL] };
  const [containers, networks] = await Promise.all([
    api.listContainers({ all: true, filters }),
    api.listNetworks({ filters }),
  ]);
  const runs = new Map<string, EngineRun>();
  for (const { Labels: labels } of [...containers, ...networks]) {
    const owner = ownerIn(labels ?? {});
    const runId = labels?.[RUN_LABEL];
    if (runId === undefined || owner === null || owner.host !== hostname()) continue;
    runs.set(runId, { runId, alive: isAlive(owner) });
  }
  return [...runs.values()];
}
