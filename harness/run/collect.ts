import { writeFile } from 'node:fs/promises';
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { HistoryEvent } from '../model/operation.ts';
import type { RunningTarget } from '../model/running-target.ts';
import type { AlertRecord, MetricSeries } from '../model/telemetry.ts';
import { readJsonLines } from '../record/json-lines.ts';
import { type RunDirectory, writeJson } from '../record/run-directory.ts';
import { readTargetEvents } from '../record/target-events.ts';
import type { AlertWatch, PrometheusClient } from '../telemetry/prometheus.ts';
import type { RunPlan } from './plan.ts';

const METRIC_STEP_MS = 1000;

const asLines = (items: readonly unknown[]) => items.map((item) => `${JSON.stringify(item)}\n`).join('');

/** Saves the series that the target wants recorded, from the beginning of the run until now. */
export async function collectMetrics(options: {
  client: PrometheusClient;
  plan: RunPlan;
  directory: RunDirectory;
  fromMs: number;
  clock: Clock;
}): Promise<void> {
  const { client, plan, directory, fromMs, clock } = options;
  const span = { fromMs, toMs: clock.now(), stepMs: METRIC_STEP_MS };
  const series: MetricSeries[][] = await Promise.all(
    plan.experiment.target.recordedMetrics.map((selector) => client.range(selector, span)),
  );
  await writeFile(directory.metrics, asLines(series.flat()));
}

/** Saves what fired; nothing is saved, and so nothing known, when most polls failed. */
export async function collectAlerts(watch: AlertWatch, directory: RunDirectory): Promise<void> {
  const { alerts, polls, failedPolls, lastProblem } = await watch.stop();
  if (polls === 0 || failedPolls > polls / 2) {
    throw new Error(
      `${failedPolls} of ${polls} polls of the alerts failed, the last with: ${lastProblem ?? 'none was made'}`,
    );
  }
  await writeJson(directory.alerts, alerts satisfies AlertRecord[]);
}

/** Saves what the nodes' own logs say of the failover. */
export async function collectEvents(directory: RunDirectory): Promise<void> {
  await writeFile(directory.events, asLines(await readTargetEvents(directory.logs)));
}

/** Looks up every write that clients tried, whatever they were told, and saves what was found where. */
export async function collectLedger(plan: RunPlan, running: RunningTarget, directory: RunDirectory): Promise<void> {
  const { items } = await readJsonLines<HistoryEvent>(directory.history);
  const writeIds = items.flatMap((event) =>
    event.type === 'invoke' && event.writeId !== undefined ? [event.writeId] : [],
  );
  await writeJson(directory.ledger, await plan.experiment.target.probes.readBack(running, writeIds));
}

/** Runs each of the works; one that fails is told by name and keeps none of the others from being done. */
export async function collectAll(works: Readonly<Record<string, () => Promise<void>>>): Promise<string[]> {
  const problems = await Promise.all(
    Object.entries(works).map(async ([name, work]) => {
      try {
        await work();
        return [];
      } catch (thrown) {
        return [`${name}: ${messageOf(thrown)}`];
      }
    }),
  );
  return problems.flat();
}
