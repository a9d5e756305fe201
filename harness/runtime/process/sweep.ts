import { rm } from 'node:fs/promises';
import { Problem } from '../../base/errors.ts';
import { removeProxies } from '../network/foreign-server.ts';
import { isAlive } from '../process-table.ts';
import { type KnownRun, readControlGroups, readForeignProxies, readRecorded } from '../run-folder.ts';
import { killGroups } from './killing.ts';
import { removeControlGroups } from './resources/control-group.ts';
import { unmountBelow } from './resources/data-disk.ts';
import { removeClockShares } from './resources/fake-clock.ts';

export { type KnownRun, listRuns } from '../run-folder.ts';

export interface SweepResult {
  readonly runId: string;
  /** How many processes were still there. */
  readonly processes: number;
}

/**
 * Ends whatever a dead run left behind: every process that it recorded or that works inside its folder, then the
 * folder. Its ports are free with its processes. Safe to call twice, at the same time, and after a sweep that was cut short.
 * @throws Problem `run-alive` when the harness that owns the run still lives.
 */
export async function sweep(run: KnownRun): Promise<SweepResult> {
  if (run.owner !== null && isAlive(run.owner)) {
    throw new Problem(`The run ${run.runId} is still going on in process ${run.owner.pid}`, {
      code: 'run-alive',
      hint: `End it there with Ctrl-C, or with "kill ${run.owner.pid}".`,
    });
  }
  const [killing] = await killGroups([{ name: run.runId, directory: run.directory, recorded: readRecorded(run) }]);
  const proxies = readForeignProxies(run);
  if (proxies !== null) await removeProxies(proxies);
  await removeControlGroups(readControlGroups(run));
  await removeFolder(run.directory);
  return { runId: run.runId, processes: killing?.processes ?? 0 };
}

/** Removes a run's folder with all that is in it; fine when it is gone already. */
export async function removeFolder(directory: string): Promise<void> {
  removeClockShares(readRecorded({ directory }).map(({ pid }) => pid));
  await unmountBelow(directory);
  await rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}
