import { writeFile } from 'node:fs/promises';
import { type Judgement, judge } from '../checks/judge.ts';
import type { Check } from '../model/experiment.ts';
import type { RunRecord } from '../model/run-record.ts';
import { loadRun } from '../record/load.ts';
import { type RunDirectory, writeJson } from '../record/run-directory.ts';
import { renderJunit } from '../report/junit.ts';
import { renderReport } from '../report/report.ts';
import { renderSummary } from '../report/summary.ts';

export interface Conclusion {
  record: RunRecord;
  judgement: Judgement;
}

/** Judges a recorded run from its folder alone, and writes the verdict into its run.json. */
export async function judgeRun(directory: RunDirectory, checks: readonly Check[]): Promise<Conclusion> {
  const record = await loadRun(directory);
  const judgement = judge(record, checks);
  await writeJson(directory.manifest, { ...record.manifest, verdict: judgement.verdict, checks: judgement.verdicts });
  return { record, judgement };
}

/** Writes the report and what machines read beside it. */
export async function writeReports(directory: RunDirectory, { record, judgement }: Conclusion): Promise<void> {
  await writeFile(directory.report, await renderReport(record, judgement));
  await writeFile(directory.junit, renderJunit(record, judgement));
  await writeFile(directory.summary, renderSummary(record, judgement));
}
