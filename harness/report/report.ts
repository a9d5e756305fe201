import type { RunRecord } from '../model/run-record.ts';
import type { Html } from './html.ts';
import { chartsSection } from './sections/charts.ts';
import { conclusionsSection } from './sections/conclusions.ts';
import { environmentSection } from './sections/environment.ts';
import { faultsSection } from './sections/faults.ts';
import { figuresSection } from './sections/figures.ts';
import { hypothesisSection } from './sections/hypothesis.ts';
import { knownSection } from './sections/known.ts';
import { statisticsSection } from './sections/statistics.ts';
import { timelineSection } from './sections/timeline.ts';
import { topologySection } from './sections/topology.ts';
import { tracesSection } from './sections/traces.ts';
import { pageOf } from './shell.ts';
import { drawTopology } from './topology-drawing.ts';
import type { Judgement } from './view/conclusions.ts';
import type { TopologyView } from './view/topology.ts';
import { viewOf } from './view/view.ts';

/**
 * One self-contained HTML page about one run: no request, readable without JavaScript. The same record and judgement
 * give the same bytes. An incomplete record gives a page that says what is missing.
 */
export async function renderReport(record: RunRecord, judgement: Judgement): Promise<string> {
  const view = viewOf(record, judgement);
  const picture = await pictureOf(view.topology);
  return await pageOf(view, [
    figuresSection(view),
    conclusionsSection(view),
    hypothesisSection(view),
    knownSection(view),
    topologySection(view, picture),
    chartsSection(view),
    timelineSection(view),
    faultsSection(view),
    tracesSection(view),
    statisticsSection(view),
    environmentSection(view),
  ]);
}

/** A layout that fails costs the picture, not the report. */
async function pictureOf(topology: TopologyView): Promise<Html | null> {
  try {
    return await drawTopology(topology);
  } catch {
    return null;
  }
}
