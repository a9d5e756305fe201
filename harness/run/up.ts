import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Target, TargetOptions } from '../model/experiment.ts';
import type { RunningTarget } from '../model/running-target.ts';
import { newRunId } from '../record/run-directory.ts';
import { startTarget } from '../runtime/process-driver.ts';
import { sweepDeadRuns } from './leftovers.ts';
import { SpanReceiver } from './span-receiver.ts';

export interface UpOptions {
  target: Target;
  choices: TargetOptions;
  onNodeReady(node: string, ready: number, total: number): void;
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
  const { target, choices, onNodeReady, signal } = options;
  await sweepDeadRuns();
  const logs = await mkdtemp(join(tmpdir(), 'faultline-up-'));
  const topology = target.topology(choices);
  let receiver: SpanReceiver | undefined;
  let running: RunningTarget | undefined;
  let ready = 0;
  try {
    const forwardTo = process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
    receiver = await SpanReceiver.start({ spans: join(logs, 'spans.jsonl'), forwardTo, signal });
    running = await startTarget(topology, {
      runId: newRunId(`${target.name}${UP_MARK}`, new Date(), randomBytes(2).toString('hex')),
      logDirectory: logs,
      sources: target.sources,
      collector: receiver.address,
      seed: 0,
      onNodeReady: (node) => {
        ready += 1;
        onNodeReady(node, ready, topology.nodes.length);
      },
      signal,
    });
    await use(running, logs);
  } finally {
    await running?.tearDown();
    await receiver?.end();
    await rm(logs, { recursive: true, force: true });
  }
}
