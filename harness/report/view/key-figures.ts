import { formatCount, formatDuration, formatNumberOf, formatShare, formatValue } from '../../model/analysis/format.ts';
import { holdSpan } from '../../model/analysis/phases.ts';
import type { RecoveryTime } from '../../model/analysis/recovery-time.ts';
import { windowOver } from '../../model/analysis/windows.ts';
import type { RunRecord } from '../../model/run-record.ts';
import type { Measurement } from '../../model/verdict.ts';
import type { Tone } from '../status.ts';
import type { Judgement } from './conclusions.ts';
import type { RunTimes } from './times.ts';

/** One figure that people quote. */
export interface KeyFigure {
  label: string;
  value: string;
  /** What it is held against, or why there is no value. */
  note: string;
  tone: Tone;
}

export function keyFiguresOf(
  record: RunRecord,
  judgement: Judgement,
  { times, recovery }: { times: RunTimes; recovery: readonly RecoveryTime[] },
): KeyFigure[] {
  return [
    ...recovery.map(recoveryFigure),
    lostWrites(record, judgement),
    availabilityUnderFault(record),
    loggedOutUsers(record, judgement),
    alertDelay(record, times),
  ];
}

const CLASS_TITLES: Readonly<Record<RecoveryTime['class'], string>> = { read: 'Reads', write: 'Writes' };

function recoveryFigure({ region, class: kind, state, rtaMs, objectiveMs, reason }: RecoveryTime): KeyFigure {
  const label = `${CLASS_TITLES[kind]} back, ${region}`;
  const objective = `objective ${formatDuration(objectiveMs)}`;
  if (state === 'unknown') return { label, value: 'unknown', note: reason ?? objective, tone: 'unknown' };
  if (rtaMs === null) return { label, value: 'not back', note: `${objective}, within the hold`, tone: 'bad' };
  return { label, value: formatDuration(rtaMs), note: objective, tone: rtaMs <= objectiveMs ? 'good' : 'bad' };
}

function lostWrites({ operations, manifest }: RunRecord, judgement: Judgement): KeyFigure {
  const acknowledged = operations.filter(({ outcome, writeId }) => outcome === 'ok' && writeId !== undefined).length;
  const lost = measured(judgement, 'acknowledged-writes', 'lost');
  const label = 'Acknowledged writes lost';
  if (lost === null) return { label, value: 'unknown', note: 'the ledger was not read back', tone: 'unknown' };
  return {
    label,
    value: formatValue(lost.value, lost.unit),
    note: `of ${formatCount(acknowledged)}`,
    tone: (lost.value ?? 0) <= manifest.objectives.rpoWrites ? 'good' : 'bad',
  };
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

function loggedOutUsers({ operations }: RunRecord, judgement: Judgement): KeyFigure {
  const label = 'Users logged out';
  const users = new Set(operations.filter(({ loggedOut }) => loggedOut === true).map(({ user }) => user));
  const all = new Set(operations.map(({ user }) => user));
  if (all.size === 0) return { label, value: 'unknown', note: 'no operation was recorded', tone: 'unknown' };
  const check = judgement.verdicts.find(({ check: name }) => name === 'sessions');
  const tone = users.size > 0 ? 'bad' : check?.status === 'inconclusive' ? 'unknown' : 'good';
  return { label, value: formatCount(users.size), note: `of ${formatNumberOf(all.size, 'user')}`, tone };
}

function alertDelay({ alerts }: RunRecord, { fault }: RunTimes): KeyFigure {
  const label = 'First alert after';
  if (alerts === null) return { label, value: 'unknown', note: 'Prometheus could not be asked', tone: 'unknown' };
  if (fault === null) return { label, value: 'none due', note: 'no fault was injected', tone: 'neutral' };
  const [first] = alerts
    .flatMap(({ name, firedAtMs }) => (firedAtMs === null || firedAtMs < fault.fromMs ? [] : [{ name, firedAtMs }]))
    .sort((a, b) => a.firedAtMs - b.firedAtMs);
  if (first === undefined) return { label, value: 'no alert', note: 'nobody was told', tone: 'bad' };
  return { label, value: formatDuration(first.firedAtMs - fault.fromMs), note: first.name, tone: 'good' };
}

function measured({ verdicts }: Judgement, check: string, name: string): Measurement | null {
  const verdict = verdicts.find((candidate) => candidate.check === check);
  const measurement = verdict?.measurements.find((candidate) => candidate.name === name);
  return measurement === undefined || measurement.value === null ? null : measurement;
}
