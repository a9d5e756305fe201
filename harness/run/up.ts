import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Target, TargetOptions } from '../model/experiment.ts';
import type { RunningTarget } from '../model/running-target.ts';
import { newRunId } from '../record/run-directory.ts';
import type { Driver } from '../runtime/driver.ts';
import { bringUp, type Site } from './bring-up.ts';
import type { CloudAction } from './cloud/cloud.ts';
import { sweepDeadRuns } from './leftovers.ts';

export interface UpOptions {
  driver: Driver;
  /** A Toxiproxy server of the user's own: its address, or an image for containers. */
  toxiproxy: string | undefined;
  target: Target;
  choices: TargetOptions;
  onNodeReady(node: string, ready: number, total: number): void;
  /** What was done to nodes that start on request, while it is up. */
  onCloudAction(action: CloudAction): void;
  /** What takes long before anything is started. */
  onProgress(line: string): void;
  signal: AbortSignal;
}

const UP_MARK = '-up';

/** Whether a run is a target by hand, by its id. */
export function isUp(runId: string): boolean {
  return runId.slice(0, runId.lastIndexOf('-')).endsWith(UP_MARK);
}

/** Brings a target up without load or faults, calls `use` while it is up, and takes it down whatever happens. */
export async function withTargetUp(
  options: UpOptions,
  use: (running: RunningTarget, logs: string) => Promise<void>,
): Promise<void> {
  const { driver, toxiproxy, target, choices, onNodeReady, onCloudAction, onProgress, signal } = options;
  await sweepDeadRuns();
  const prepared = await driver.prepare({ image: target.image, toxiproxy, onProgress, signal });
  const logs = await mkdtemp(join(tmpdir(), 'faultline-up-'));
  let site: Site | undefined;
  try {
    site = await bringUp({
      driver: prepared,
      target,
      topology: target.topology(choices),
      runId: newRunId(`${target.name}${UP_MARK}`, new Date(), randomBytes(2).toString('hex')),
      logs,
      spans: join(logs, 'spans.jsonl'),
      seed: 0,
      onNodeReady,
      onCloudAction,
      signal,
    });
    await use(site.running, logs);
  } finally {
    await site?.cloud.close();
    await site?.running.tearDown();
    await site?.receiver.end();
    await rm(logs, { recursive: true, force: true });
  }
}
