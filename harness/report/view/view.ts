import { failoverTimeline, type Milestone } from '../../model/analysis/failover-timeline.ts';
import { recoveryTimes } from '../../model/analysis/recovery-time.ts';
import { type Completeness, completeness } from '../../model/analysis/telemetry-completeness.ts';
import type { RunManifest, RunRecord } from '../../model/run-record.ts';
import type { AlertRecord } from '../../model/telemetry.ts';
import { type Band, bandsOf, type Mark, marksOf } from './bands.ts';
import { type ChartsView, chartsOf } from './charts.ts';
import { type Conclusions, conclusionsOf, type Judgement } from './conclusions.ts';
import { headlineOf } from './headline.ts';
import { type KeyFigure, keyFiguresOf } from './key-figures.ts';
import { type LimitsView, limitsOf } from './limits.ts';
import { type StatisticsView, statisticsOf } from './statistics.ts';
import { type RunTimes, timesOf } from './times.ts';
import { type TopologyView, topologyViewOf } from './topology.ts';
import { exemplarTraces, type TraceView } from './traces.ts';

/** Everything that the page shows, as plain data: a pure function of the record and its judgement. */
export interface ReportView {
  manifest: RunManifest;
  judgement: Judgement;
  times: RunTimes;
  headline: string;
  figures: KeyFigure[];
  conclusions: Conclusions;
  alerts: AlertRecord[] | null;
  completeness: Completeness;
  topology: TopologyView;
  charts: ChartsView;
  bands: Band[];
  marks: Mark[];
  milestones: Milestone[];
  traces: TraceView[];
  statistics: StatisticsView;
  limits: LimitsView;
}

export function viewOf(record: RunRecord, judgement: Judgement): ReportView {
  const { manifest, alerts } = record;
  const times = timesOf(record);
  const recovery = recoveryTimes(record);
  const milestones = inOrderOfTime(failoverTimeline(record));
  return {
    manifest,
    judgement,
    times,
    headline: headlineOf(record, judgement, recovery),
    figures: keyFiguresOf(record, judgement, recovery),
    conclusions: conclusionsOf(judgement),
    alerts,
    completeness: completeness(record),
    topology: topologyViewOf(manifest),
    charts: chartsOf(record, times),
    bands: bandsOf(manifest, times),
    marks: marksOf(milestones, times),
    milestones,
    traces: exemplarTraces(record, times),
    statistics: statisticsOf(record, times),
    limits: limitsOf(record, judgement),
  };
}

/** Readers expect time to run downwards; what was never seen stands at the end. */
function inOrderOfTime(milestones: readonly Milestone[]): Milestone[] {
  const time = ({ atMs }: Milestone) => atMs ?? Number.POSITIVE_INFINITY;
  return milestones.toSorted((a, b) => (time(a) === time(b) ? 0 : time(a) - time(b)));
}
