import { formatDuration, formatList, formatNumberOf } from '../../model/analysis/format.ts';
import type { RecoveryTime } from '../../model/analysis/recovery-time.ts';
import type { OperationClass } from '../../model/operation.ts';
import type { RunRecord } from '../../model/run-record.ts';
import { shortened, withinSentence } from '../words.ts';
import { conclusionsOf, type Judgement } from './conclusions.ts';
import { measured } from './measured.ts';

/** The whole reason stands among the gaps. */
const REASON_LENGTH_MAX = 160;

/** The verdict as one sentence, for someone who reads nothing else. */
export function headlineOf(record: RunRecord, judgement: Judgement, recovery: readonly RecoveryTime[]): string {
  const target = record.manifest.target.title;
  const fault = faultWords(record);
  const reason = shortened(record.manifest.ending?.reason ?? 'no reason was recorded', REASON_LENGTH_MAX);
  switch (judgement.verdict) {
    case 'passed':
      return `${target} survived ${fault}${proofs(judgement, recovery)}.`;
    case 'deviated':
      return `${target} did not keep its promises under ${fault}: ${gravest(judgement)}`;
    case 'inconclusive':
      return `It cannot be said whether ${withinSentence(target)} survives ${fault}: ${firstDoubt(record, judgement)}`;
    case 'aborted':
      return `The run was aborted before it could answer, by its stop condition: ${ended(reason)}`;
    case 'interrupted':
      return `The run was interrupted before it could answer: ${ended(reason)}`;
    case 'failed':
      return `The harness itself failed, so this run says nothing about ${withinSentence(target)}: ${ended(reason)}`;
  }
}

function faultWords({ manifest }: RunRecord): string {
  const titles = manifest.faults.map(({ title }) => `the ${withinSentence(title)}`);
  return titles.length === 0 ? 'a run without faults' : formatList(titles);
}

/** `: reads were back after 4.2 s, writes were back after 9.8 s and no acknowledged write was lost`. */
function proofs(judgement: Judgement, times: readonly RecoveryTime[]): string {
  const parts = [
    back('reads', 'read', times),
    back('writes', 'write', times),
    measured(judgement, 'acknowledged-writes', 'rpa-writes') === 0 ? 'no acknowledged write was lost' : null,
    measured(judgement, 'sessions', 'sessions-logged-out') === 0 ? 'nobody was logged out' : null,
  ].filter((part) => part !== null);
  return parts.length === 0 ? '' : `: ${formatList(parts)}`;
}

function back(noun: string, kind: OperationClass, times: readonly RecoveryTime[]): string | null {
  const known = times.flatMap(({ class: operationClass, rtaMs }) =>
    operationClass === kind && rtaMs !== null ? [rtaMs] : [],
  );
  if (known.length === 0) return null;
  const worstMs = Math.max(...known);
  return worstMs === 0
    ? `${noun} were never below their objectives`
    : `${noun} were back after ${formatDuration(worstMs)}`;
}

function gravest(judgement: Judgement): string {
  const [first, ...others] = conclusionsOf(judgement).broke;
  if (first === undefined) return 'the reason is not recorded.';
  const more = others.length === 0 ? '' : ` ${formatNumberOf(others.length, 'more check')} deviated.`;
  return `${ended(withinSentence(first.sentence))}${more}`;
}

function firstDoubt({ gaps, manifest }: RunRecord, judgement: Judgement): string {
  const [first, ...others] = conclusionsOf(judgement).undecided;
  if (first !== undefined) {
    const more = others.length === 0 ? '' : ` ${formatNumberOf(others.length, 'more check')} could not decide.`;
    return `${ended(withinSentence(first.sentence))}${more}`;
  }
  if (judgement.verdicts.length === 0) return 'no check was made.';
  if (gaps[0] !== undefined) return ended(gaps[0]);
  return manifest.finishedAtMs === null ? 'the run never finished.' : 'the reason is not recorded.';
}

/** With exactly one full stop at its end. */
function ended(sentence: string): string {
  return /[.!?…]$/.test(sentence) ? sentence : `${sentence}.`;
}
