import { messageOf } from '../base/errors.ts';
import type { Check } from '../model/experiment.ts';
import type { RunRecord } from '../model/run-record.ts';
import { type CheckVerdict, type RunVerdict, worstOf } from '../model/verdict.ts';
import type { ConditionalCheck } from './conclusion.ts';

export interface Judgement {
  verdict: RunVerdict;
  verdicts: CheckVerdict[];
}

/**
 * Runs every check that applies, and takes the worst of them and of how the run ended. No data never passes: without
 * any check, or with gaps in the record, the best verdict is `inconclusive`; a proven violation stays `deviated`.
 */
export function judge(record: RunRecord, checks: readonly (Check | ConditionalCheck)[]): Judgement {
  const verdicts = checks.flatMap((check) => verdictOf(check, record) ?? []);
  const { ending, finishedAtMs } = record.manifest;
  const isCutShort = record.gaps.length > 0 || finishedAtMs === null;
  const verdict = worstOf([
    ...verdicts.map(({ status }) => status),
    ...(isCutShort ? (['inconclusive'] as const) : []),
    ...(ending === null ? [] : [ending.verdict]),
  ]);
  return { verdict, verdicts };
}

/** Undefined when the check has no use for this record. A check that throws has not been made: inconclusive. */
function verdictOf(check: Check | ConditionalCheck, record: RunRecord): CheckVerdict | undefined {
  try {
    if ('applies' in check && !check.applies(record)) return undefined;
    return check.run(record);
  } catch (thrown) {
    const reason = `the check failed: ${messageOf(thrown)}`;
    return {
      check: check.name,
      title: check.title,
      question: 'real',
      status: 'inconclusive',
      sentence: `"${check.title}" could not be judged: ${reason}.`,
      expected: 'the check can be made',
      observed: reason,
      measurements: [],
      gaps: [reason],
      findings: [],
      findingsTotal: 0,
    };
  }
}
