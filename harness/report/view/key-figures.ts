import { formatCount, formatDuration, formatNumberOf, formatShare } from '../../model/analysis/format.ts';
import { holdSpan } from '../../model/analysis/phases.ts';
import type { RecoveryTime } from '../../model/analysis/recovery-time.ts';
import { windowOver } from '../../model/analysis/windows.ts';
import type { RunRecord } from '../../model/run-record.ts';
import type { Tone } from '../status.ts';
import type { Judgement } from './conclusions.ts';
import { measured } from './measured.ts';

/** One figure that people quote. */
export interface KeyFigure {
  label: string;
  value: string;
  /** What it is held against, or why there is no value. */
  note: string;
  tone: Tone;
}

export function keyFiguresOf(record: RunRecord, judgement: Judgement, recovery: readonly RecoveryTime[]): KeyFigure[] {
  return [
    ...recovery.map(recoveryFigure),
    lostWrites(record, judgement),
    availabilityUnderFault(record),
    loggedOutUsers(judgement),
    alertDelay(record, judgement),
  ];
}

const CLASS_TITLES: Readonly<Record<RecoveryTime['class'], string>> = { read: 'Reads', write: 'Writes' };

function recoveryFigure({ region, class: kind, state, rtaMs, objectiveMs, reason }: RecoveryTime): KeyFigure {
  const label = `${CLASS_TITLES[kind]} back, ${region}`;
  const objective = `objective ${formatDuration(objectiveMs)}`;
  if (state === 'unknown') return { label, value: 'unknown', note: reason ?? objective, tone: 'unknown' };
  if (rtaMs === null) return { label, value: 'not back', note: `${objective}, within the hold`, tone: 'bad' };
  if (rtaMs === 0) return { label, value: 'unbroken', note: objective, tone: 'good' };
  return { label, value: formatDuration(rtaMs), note: objective, tone: rtaMs <= objectiveMs ? 'good' : 'bad' };
}

function lostWrites({ manifest }: RunRecord, judgement: Judgement): KeyFigure {
  const label = 'Acknowledged writes lost';
  const lost = measured(judgement, 'acknowledged-writes', 'rpa-writes');
  const acknowledged = measured(judgement, 'acknowledged-writes', 'acknowledged');
  const note = acknowledged === null ? 'writes were not counted' : `of ${formatCount(acknowledged)}`;
  if (lost === null) return { label, value: 'unknown', note, tone: 'unknown' };
  return { label, value: formatCount(lost), note, tone: lost <= manifest.objectives.rpoWrites ? 'good' : 'bad' };
}

function availabilityUnderFault({ operations, manifest }: RunRecord): KeyFigure {
  const label = 'Succeeded during the fault';
  const span = holdSpan(manifest);
  const window = span === null ? null : windowOver(operations, span);
  if (window === null || window.availability === null) {
    return { label, value: 'unknown', note: 'no operation in that time', tone: 'unknown' };
  }
  const bad = window.fail + window.info;
  return {
    label,
    value: formatShare(window.availability),
    note: `${formatNumberOf(bad, 'operation')} of ${formatCount(window.operations)} did not`,
    tone: 'neutral',
  };
}

function loggedOutUsers(judgement: Judgement): KeyFigure {
  const label = 'Users logged out';
  const lost = measured(judgement, 'sessions', 'sessions-logged-out');
  const before = measured(judgement, 'sessions', 'sessions-before');
  const isDecided = judgement.verdicts.some(({ check, status }) => check === 'sessions' && status !== 'inconclusive');
  if (lost === null || !isDecided)
    return { label, value: 'unknown', note: 'sessions were not proven', tone: 'unknown' };
  const note = before === null ? 'sessions were not counted' : `of ${formatNumberOf(before, 'session')}`;
  return { label, value: formatCount(lost), note, tone: lost === 0 ? 'good' : 'bad' };
}

function alertDelay({ alerts }: RunRecord, judgement: Judgement): KeyFigure {
  const label = 'Somebody was paged after';
  const delayMs = measured(judgement, 'alert', 'time-to-detect');
  const status = judgement.verdicts.find(({ check }) => check === 'alert')?.status;
  if (delayMs !== null) {
    return { label, value: formatDuration(delayMs), note: 'from the fault to the page', tone: 'good' };
  }
  if (alerts === null) return { label, value: 'unknown', note: 'Prometheus could not be asked', tone: 'unknown' };
  if (status === 'deviated') return { label, value: 'never', note: 'although clients suffered', tone: 'bad' };
  return { label, value: 'no page', note: 'none fired', tone: status === 'passed' ? 'good' : 'unknown' };
}
