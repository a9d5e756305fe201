import { resolve } from 'node:path';
import { VERDICT_EXIT_CODES } from '../model/verdict.ts';
import { loadRun } from '../record/load.ts';
import { findRun, type RunDirectory } from '../record/run-directory.ts';
import { terminalSummary } from '../report/summary.ts';
import { type Conclusion, judgeRun, writeReports } from '../run/conclude.ts';
import { findExperiment } from './catalogue.ts';

/** `recheck RUN`: judges the recorded run with today's checks; the exit code is the verdict's. */
export async function recheckCommand(name: string, out: string): Promise<number> {
  const { directory, conclusion } = await concludeAgain(name, out);
  return tell(directory, conclusion);
}

/** `report RUN`: the same, and writes the report again. */
export async function reportCommand(name: string, out: string): Promise<number> {
  const { directory, conclusion } = await concludeAgain(name, out);
  await writeReports(directory, conclusion);
  tell(directory, conclusion);
  return 0;
}

async function concludeAgain(name: string, out: string): Promise<{ directory: RunDirectory; conclusion: Conclusion }> {
  const directory = await findRun(resolve(out), name);
  const { manifest } = await loadRun(directory);
  const { checks } = await findExperiment(manifest.experiment.name);
  return { directory, conclusion: await judgeRun(directory, checks) };
}

function tell(directory: RunDirectory, { record, judgement }: Conclusion): number {
  process.stdout.write(`${terminalSummary(record, judgement, directory.report)}\n`);
  return VERDICT_EXIT_CODES[judgement.verdict];
}
