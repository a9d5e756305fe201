import type { AttestationStatus } from '../model/fault.ts';
import type { Outcome } from '../model/operation.ts';
import type { CheckStatus, Question, RunVerdict } from '../model/verdict.ts';

/** How good or bad something is; always shown by word and symbol too, so that no one depends on colour. */
export type Tone = 'good' | 'bad' | 'unknown' | 'neutral';

export interface StatusWords {
  readonly word: string;
  readonly symbol: string;
  readonly tone: Tone;
}

export const VERDICT_WORDS: Readonly<Record<RunVerdict, StatusWords>> = {
  passed: { word: 'Passed', symbol: '✓', tone: 'good' },
  deviated: { word: 'Deviated', symbol: '✗', tone: 'bad' },
  inconclusive: { word: 'Inconclusive', symbol: '?', tone: 'unknown' },
  aborted: { word: 'Aborted', symbol: '■', tone: 'bad' },
  interrupted: { word: 'Interrupted', symbol: '‖', tone: 'unknown' },
  failed: { word: 'Failed', symbol: '!', tone: 'bad' },
};

export const CHECK_WORDS: Readonly<Record<CheckStatus, StatusWords>> = {
  passed: VERDICT_WORDS.passed,
  deviated: VERDICT_WORDS.deviated,
  inconclusive: VERDICT_WORDS.inconclusive,
};

export const ATTESTATION_WORDS: Readonly<Record<AttestationStatus, StatusWords>> = {
  confirmed: { word: 'Confirmed', symbol: '✓', tone: 'good' },
  mismatch: { word: 'Mismatch', symbol: '✗', tone: 'bad' },
  unproven: { word: 'Unproven', symbol: '?', tone: 'unknown' },
};

export const OUTCOME_WORDS: Readonly<Record<Outcome, StatusWords>> = {
  ok: { word: 'ok', symbol: '✓', tone: 'good' },
  fail: { word: 'failed', symbol: '✗', tone: 'bad' },
  info: { word: 'outcome unknown', symbol: '?', tone: 'unknown' },
};

export const QUESTION_TITLES: Readonly<Record<Question, string>> = {
  survive: 'Did it survive?',
  right: 'Did it stay right?',
  known: 'Would you have known?',
  real: 'Did the fault really happen, and is everything back?',
};

/** The order in which the questions are answered. */
export const QUESTIONS: readonly Question[] = ['survive', 'right', 'known', 'real'];
