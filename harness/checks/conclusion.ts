import type { Check } from '../model/experiment.ts';
import type { RunRecord } from '../model/run-record.ts';
import type { CheckStatus, CheckVerdict, Finding, Measurement, Question } from '../model/verdict.ts';

const FINDINGS_MAX = 50;

export interface CheckIdentity {
  readonly name: string;
  readonly title: string;
  readonly question: Question;
}

/** What a check found; its status follows from it: a violation first, then a gap, and only without either a pass. */
export interface Conclusion {
  /** What was expected, in words. */
  expected: string;
  /** What was observed, in words. */
  observed: string;
  /** Something was proven to be wrong. */
  violated: boolean;
  /** What could not be seen; half sentences. */
  gaps: readonly string[];
  /** The sentence for each status; the one for `inconclusive` is completed with the first gap. */
  sentences: Readonly<{ passed: string; inconclusive: string; deviated?: string }>;
  measurements: readonly Measurement[];
  findings?: readonly Finding[];
  /** What to do when it is violated. */
  advice?: string;
}

/** A check that some records have no use for: it is left out of their verdicts. */
export interface ConditionalCheck extends Check {
  readonly applies: (record: RunRecord) => boolean;
}

/** A check from what it concludes. */
export function defineCheck(identity: CheckIdentity, conclude: (record: RunRecord) => Conclusion): Check {
  const { name, title } = identity;
  return { name, title, run: (record) => verdictOf(identity, conclude(record)) };
}

function verdictOf({ name, title, question }: CheckIdentity, conclusion: Conclusion): CheckVerdict {
  const { expected, observed, violated, gaps, sentences, measurements, findings = [], advice } = conclusion;
  const status = statusOf(violated, gaps);
  return {
    check: name,
    title,
    question,
    status,
    sentence: status === 'inconclusive' ? `${sentences.inconclusive}: ${gaps[0]}.` : (sentences[status] ?? observed),
    expected,
    observed,
    measurements: [...measurements],
    gaps: [...gaps],
    findings: findings.slice(0, FINDINGS_MAX),
    findingsTotal: findings.length,
    ...(status === 'deviated' && advice !== undefined ? { advice } : {}),
  };
}

function statusOf(violated: boolean, gaps: readonly string[]): CheckStatus {
  if (violated) return 'deviated';
  return gaps.length > 0 ? 'inconclusive' : 'passed';
}
