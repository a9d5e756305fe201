/** The words of DESIGN section 5. Worst first: `worstOf` takes the first that occurs. */
export const RUN_VERDICTS = ['failed', 'interrupted', 'aborted', 'deviated', 'inconclusive', 'passed'] as const;
export type RunVerdict = (typeof RUN_VERDICTS)[number];

export const VERDICT_EXIT_CODES: Readonly<Record<RunVerdict, number>> = {
  passed: 0,
  deviated: 1,
  inconclusive: 2,
  aborted: 3,
  failed: 5,
  interrupted: 130,
};

/** The four questions of the design, which are also the report's sections. */
export type Question = 'survive' | 'right' | 'known' | 'real';

export type CheckStatus = 'passed' | 'deviated' | 'inconclusive';

/** One check of one run: a sentence, and the evidence for it. */
export interface CheckVerdict {
  /** `rto-writes`: stable, and what mutants' tests name. */
  check: string;
  title: string;
  question: Question;
  status: CheckStatus;
  /** One sentence that a manager understands, with the measured figures. */
  sentence: string;
  /** What was expected, in words: `writes are back within 20 s in every region`. */
  expected: string;
  /** What was observed, in words. */
  observed: string;
  measurements: Measurement[];
  /** Why it is inconclusive, or what could not be seen although the verdict stands. */
  gaps: string[];
  /** Named findings, worst first; at most 50 of them, `findingsTotal` counts all. */
  findings: Finding[];
  findingsTotal: number;
  /** What to do about a deviation. */
  advice?: string;
}

export interface Measurement {
  name: string;
  value: number | null;
  unit: 'ms' | 's' | '%' | 'count' | 'per-second' | 'bytes' | 'minutes';
  /** The objective it is held against, if any. */
  objective?: number;
  /** `us-east`, `read`, ... */
  labels?: Record<string, string>;
}

export interface Finding {
  summary: string;
  atMs?: number;
  traceId?: string;
  details?: Record<string, unknown>;
}

/** Worst-of; an empty list is inconclusive: no data never passes. */
export function worstOf(verdicts: readonly RunVerdict[]): RunVerdict {
  return RUN_VERDICTS.find((verdict) => verdicts.includes(verdict)) ?? 'inconclusive';
}
