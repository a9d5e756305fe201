import { formatDuration, formatList, formatNumberOf } from '../../model/analysis/format.ts';
import type { RecoveryTime } from '../../model/analysis/recovery-time.ts';
import type { OperationClass } from '../../model/operation.ts';
import type { RunRecord } from '../../model/run-record.ts';
import { withinSentence } from '../words.ts';
import { conclusionsOf, type Judgement } from './conclusions.ts';

/** The verdict as one sentence, for someone who reads nothing else. */
export function headlineOf(record: RunRecord, judgement: Judgement, recovery: readonly RecoveryTime[]): string {
  const target = record.manifest.target.title;
  const fault = faultWords(record);
  const reason = record.manifest.ending?.reason ?? 'no reason was recorded';
  switch (judgement.verdict) {
    case 'passed':
      return `${target} survived ${fault}${proofs(recovery)}.`;
    case 'deviated':
      return `${target} did not keep its promises under ${fault}: ${gravest(judgement)}`;
    case 'inconclusive':
      return `It cannot be said whether ${withinSentence(target)} survives ${fault}: ${firstDoubt(judgement)}`;
    case 'aborted':
      return `The run was aborted before it could answer, by its stop condition: ${ended(reason)}`;
    case 'interrupted':
      return `The run was interrupted before it could answer: ${ended(reason)}`;
    case 'failed':
      return `The harness itself failed, so this run says nothing about ${withinSentence(target)}: ${ended(reason)}`;
  }
}

function faultWords({ manifest }: RunRecord): string {
  const titles = manifest.faults.map(({ title }) => withinSentence(title));
  return titles.length === 0 ? 'a run without faults' : formatList(titles);
}

/** `: reads were back after 4.2 s and writes after 9.8 s`, of the region that waited longest. */
function proofs(times: readonly RecoveryTime[]): string {
  const parts = [back('reads', 'read', times), back('writes', 'write', times)].filter((part) => part !== null);
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

function firstDoubt(judgement: Judgement): string {
  const [first, ...others] = conclusionsOf(judgement).undecided;
  if (first === undefined) return 'no check was made.';
  const more = others.length === 0 ? '' : ` ${formatNumberOf(others.length, 'more check')} could not decide.`;
  return `${ended(withinSentence(first.sentence))}${more}`;
}

/** With exactly one full stop at its end. */
function ended(sentence: string): string {
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
}
