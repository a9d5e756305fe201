import { formatDuration, formatNumberOf } from '../../model/analysis/format.ts';
import { type AttestationProbe, attestationStatus, type FaultRecord } from '../../model/fault.ts';
import { type Html, html } from '../html.ts';
import { ATTESTATION_WORDS } from '../status.ts';
import { type RunTimes, relativeText } from '../view/times.ts';
import type { ReportView } from '../view/view.ts';
import { shortened } from '../words.ts';
import { badge, foldedBulk, missing, type Section, table } from './parts.ts';

const PROBES_MAX = 300;
const OBSERVED_LENGTH_MAX = 160;

/** What was done to the target, and the proof that it was really there and is really gone. */
export function faultsSection({ manifest: { faults }, times }: ReportView): Section {
  return {
    id: 'faults',
    title: 'Faults and their attestation',
    link: 'Faults',
    body:
      faults.length === 0 ? missing('No fault was injected.') : html`${faults.map((fault) => faultBody(fault, times))}`,
  };
}

const STAGES = [
  { stage: 'before', title: 'Before the injection', question: 'everything answers' },
  { stage: 'injected', title: 'While injected', question: 'the fault is there' },
  { stage: 'undone', title: 'After the undo', question: 'everything is back' },
] as const;

function faultBody(fault: FaultRecord, times: RunTimes): Html {
  const { title, kind, parameters, scope, attestation } = fault;
  return html`<h3>${title}</h3>
<dl class="facts">
<div><dt>Kind</dt><dd>${kind}${Object.entries(parameters).map(([name, value]) => `, ${name} = ${JSON.stringify(value) ?? String(value)}`)}</dd></div>
<div><dt>Scope</dt><dd>${formatNumberOf(scope.nodes.length, 'node')}, ${formatNumberOf(scope.edges.length, 'edge')}</dd></div>
${plannedTime(fault)}
<div><dt>Injected</dt><dd>${spanText(fault.injectedFromMs, fault.injectedUntilMs, fault.actions.length, times)}</dd></div>
<div><dt>The proxies say</dt><dd>${testimonyText(fault.testimony)}</dd></div>
<div><dt>Undone</dt><dd>${spanText(fault.undoneFromMs, fault.undoneUntilMs, fault.undoActions.length, times)}</dd></div>
</dl>
${table({
  caption: `Attestation of ${title}`,
  columns: ['When', 'Status', 'Probes', 'What was asked'],
  rows: STAGES.map(({ stage, title: when, question }) => [
    when,
    badge(ATTESTATION_WORDS[attestationStatus(attestation[stage])]),
    countsText(attestation[stage]),
    question,
  ]),
})}
${STAGES.map(({ stage, title: when }) => (attestation[stage].length === 0 ? null : foldedBulk(`Probes: ${when.toLowerCase()}`, probeTable(`${title}: ${when}`, attestation[stage], times))))}`;
}

/** Only of a fault with a time of its own; records from before there were any have none. */
function plannedTime({ startMs = 0, durationMs = null }: Partial<FaultRecord>): Html | null {
  if (startMs === 0 && durationMs === null) return null;
  const lasts = durationMs === null ? 'until everything is taken back' : `for ${formatDuration(durationMs)}`;
  return html`<div><dt>Planned</dt><dd>${formatDuration(startMs)} after the start of the injection, ${lasts}</dd></div>`;
}

function spanText(fromMs: number | null, untilMs: number | null, actions: number, times: RunTimes): string {
  if (fromMs === null) return 'never';
  const spread = untilMs === null ? '' : ` within ${formatDuration(untilMs - fromMs)}`;
  return `${formatNumberOf(actions, 'action')}${spread}, at ${relativeText(times, fromMs)}`;
}

/** Records from before proxies were listened to have none. */
function testimonyText(testimony: FaultRecord['testimony'] | undefined): string {
  if (testimony === null || testimony === undefined)
    return 'nothing: this server tells no events, or not all were heard';
  const { toxicsApplied, toxicsRemoved, leasesEnded, connectionsOpened, connectionsClosed, connectionsRefused } =
    testimony;
  const lost = leasesEnded > 0 ? `, ${leasesEnded} of them because their lease ran out` : '';
  return `${formatNumberOf(toxicsApplied, 'toxic')} applied and ${toxicsRemoved} removed${lost}; ${formatNumberOf(connectionsOpened, 'connection')} opened, ${connectionsClosed} closed and ${connectionsRefused} refused meanwhile. This corroborates the attestation; it is none.`;
}

function countsText(probes: readonly AttestationProbe[]): string {
  if (probes.length === 0) return 'none';
  const confirmed = probes.filter(({ status }) => status === 'confirmed').length;
  return `${confirmed} of ${probes.length} confirmed`;
}

/** Those that did not confirm come first. */
function probeTable(caption: string, probes: readonly AttestationProbe[], times: RunTimes): Html {
  const order = { mismatch: 0, unproven: 1, confirmed: 2 };
  const ordered = probes.toSorted((a, b) => order[a.status] - order[b.status]);
  const more = ordered.length - PROBES_MAX;
  return html`${table({
    caption,
    captionHidden: true,
    columns: ['Subject', 'Expected', 'Observed', 'Status', 'At', 'Took'],
    figures: [4, 5],
    rows: ordered
      .slice(0, PROBES_MAX)
      .map(({ subject, expectation, observed, status, atMs, durationMs }) => [
        subject,
        expectation,
        shortened(observed, OBSERVED_LENGTH_MAX),
        badge(ATTESTATION_WORDS[status]),
        relativeText(times, atMs),
        formatDuration(durationMs),
      ]),
  })}${more > 0 ? html`<p class="note">${formatNumberOf(more, 'more probe')} left out.</p>` : null}`;
}
