import { formatDuration, formatList, formatShare } from '../model/analysis/format.ts';
import { faultSpan, phaseSpan } from '../model/analysis/phases.ts';
import { type RecoveryTime, recoveryTimes } from '../model/analysis/recovery-time.ts';
import type { Check } from '../model/experiment.ts';
import type { RunRecord } from '../model/run-record.ts';
import type { AlertRecord } from '../model/telemetry.ts';
import type { Finding } from '../model/verdict.ts';
import type { Conclusion } from './conclusion.ts';
import { defineFaultCheck } from './steady-before.ts';

type FiredAlert = AlertRecord & { firedAtMs: number };

/**
 * Somebody is paged when clients suffer, and only then. Pages are alerts labelled `severity: page` or with an `slo`, which
 * is how burn-rate alerts are told apart. Clients suffer when a 5 s window of some region and class misses the objectives.
 */
export function alert(): Check {
  return defineFaultCheck({ name: 'alert', title: 'Somebody was paged', question: 'known' }, conclude);
}

function conclude(record: RunRecord): Conclusion {
  const { manifest, alerts } = record;
  const fault = faultSpan(manifest);
  const times = recoveryTimes(record);
  const hurt = times.filter(isHurt);
  const fired = (alerts ?? []).filter(isPage).toSorted((one, other) => one.firedAtMs - other.firedAtMs);
  const inTime = fired.filter(({ firedAtMs }) => fault !== null && firedAtMs >= fault.fromMs && firedAtMs < fault.toMs);
  const page = inTime[0];
  const burnRate = inTime.find(isBurnRate);
  const falseAlarms = falseAlarmsOf(fired, record, hurt.length > 0);
  const isSilent = alerts !== null && fault !== null && hurt.length > 0 && page === undefined;
  const suffered = describeHurt(hurt, record);
  const after = ({ firedAtMs }: FiredAlert) => firedAtMs - (fault?.fromMs ?? firedAtMs);
  const paged =
    page === undefined ? 'no page was sent' : `${page.name} fired ${formatDuration(after(page))} after the fault`;
  return {
    expected: 'a page is sent when clients see worse than the objectives during the fault, and none otherwise',
    observed: `${suffered}; ${paged}`,
    violated: isSilent || falseAlarms.length > 0,
    gaps: gapsOf(record, times, fault !== null),
    sentences: {
      passed: `${paged.replace(/^n/, 'N')}; ${suffered}.`,
      deviated: isSilent
        ? `Nobody would have known: ${suffered}, and no page was sent.`
        : `There was a false alarm: ${falseAlarms[0]?.summary ?? ''}.`,
      inconclusive: 'It is not known whether somebody would have been paged',
    },
    measurements: [
      { name: 'time-to-detect', value: page === undefined ? null : after(page), unit: 'ms' },
      { name: 'time-to-burn-rate-alert', value: burnRate === undefined ? null : after(burnRate), unit: 'ms' },
      { name: 'pages', value: alerts === null ? null : fired.length, unit: 'count' },
    ],
    findings: [
      ...(isSilent ? hurt.map((time) => ({ summary: `no page although ${describeOne(time)}` })) : []),
      ...falseAlarms,
    ],
    advice: isSilent
      ? 'Alert on what clients feel, not only on what servers answer: requests that never reach a server are missing from its error rate. Check also that the windows of the burn-rate rules fit the length of such an outage.'
      : 'An alert that fires while clients are well teaches people to ignore it: raise its burn rate, or lengthen its short window.',
  };
}

function isHurt({ state, rtaMs }: RecoveryTime): boolean {
  return state === 'not-recovered' || (rtaMs !== null && rtaMs > 0);
}

function isPage(record: AlertRecord): record is FiredAlert {
  return record.firedAtMs !== null && (record.labels.severity === 'page' || isBurnRate(record));
}

function isBurnRate({ labels }: AlertRecord): boolean {
  return labels.slo !== undefined;
}

/** Any page of the steady state, and a burn-rate page during a fault that no client felt. */
function falseAlarmsOf(fired: readonly FiredAlert[], { manifest }: RunRecord, clientsHurt: boolean): Finding[] {
  const steady = phaseSpan(manifest, 'steady-state');
  const fault = faultSpan(manifest);
  return fired.flatMap((record): Finding[] => {
    const { name, firedAtMs: atMs } = record;
    if (steady !== null && atMs >= steady.fromMs && atMs < Math.min(steady.toMs, fault?.fromMs ?? Infinity)) {
      return [{ summary: `${name} fired in the steady state, before the fault`, atMs }];
    }
    if (fault !== null && atMs >= fault.fromMs && atMs < fault.toMs && isBurnRate(record) && !clientsHurt) {
      return [{ summary: `${name} fired during the fault, although no client saw worse than the objectives`, atMs }];
    }
    return [];
  });
}

function gapsOf({ alerts }: RunRecord, times: readonly RecoveryTime[], hasFault: boolean): string[] {
  const untold = times.filter(({ state }) => state === 'unknown');
  return [
    ...(alerts === null ? ['the alerts could not be read'] : []),
    ...(hasFault ? [] : ['no fault was injected']),
    ...untold.map(({ region, class: kind, reason }) => `${kind}s in ${region}: ${reason}`),
  ];
}

function describeHurt(hurt: readonly RecoveryTime[], { operations, manifest }: RunRecord): string {
  if (hurt.length > 0) return formatList(hurt.map(describeOne));
  const fault = faultSpan(manifest);
  const during = operations.filter(
    ({ intendedMs }) => fault !== null && intendedMs >= fault.fromMs && intendedMs < fault.toMs,
  );
  const ok = during.filter(({ outcome }) => outcome === 'ok').length;
  const share = during.length === 0 ? '' : ` (${formatShare(ok / during.length)} succeeded)`;
  return `clients saw no more than the objectives allow${share}`;
}

function describeOne({ region, class: kind, rtaMs }: RecoveryTime): string {
  return `${kind}s in ${region} were bad ${rtaMs === null ? 'until the hold ended' : `for ${formatDuration(rtaMs)}`}`;
}
