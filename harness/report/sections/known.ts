import { formatDuration, formatNumberOf, formatShare } from '../../model/analysis/format.ts';
import type { AlertRecord } from '../../model/telemetry.ts';
import { type Html, html } from '../html.ts';
import { type RunTimes, relativeText } from '../view/times.ts';
import type { ReportView } from '../view/view.ts';
import { folded, missing, type Section, table } from './parts.ts';

const ALERTS_MAX = 40;

/** Whether the target's own monitoring would have told anyone. */
export function knownSection({ alerts, completeness, times }: ReportView): Section {
  return {
    id: 'known',
    title: 'Alerts and telemetry: would you have known?',
    link: 'Alerts and telemetry',
    body: html`<h3>Alerts</h3>${alertsBody(alerts, times)}<h3>Traces</h3>${tracesBody(completeness)}`,
  };
}

function alertsBody(alerts: AlertRecord[] | null, times: RunTimes): Html {
  if (alerts === null) return missing('Prometheus could not be asked, so nothing is known of alerts.');
  const fired = alerts.filter(({ firedAtMs }) => firedAtMs !== null);
  if (fired.length === 0) return missing('No alert fired during the run: nobody would have been told.');
  const ordered = fired.toSorted((a, b) => (a.firedAtMs ?? 0) - (b.firedAtMs ?? 0));
  return html`${table({
    caption: 'Alerts that fired, in order',
    captionHidden: true,
    columns: ['Alert', 'About', 'Condition true', 'Fired', 'Resolved', 'Lasted'],
    figures: [2, 3, 4, 5],
    rows: ordered
      .slice(0, ALERTS_MAX)
      .map(({ name, labels, activeAtMs, firedAtMs, resolvedAtMs }) => [
        name,
        subject(labels),
        relativeText(times, activeAtMs),
        relativeText(times, firedAtMs),
        resolvedAtMs === null ? 'still firing' : relativeText(times, resolvedAtMs),
        resolvedAtMs === null || firedAtMs === null ? '–' : formatDuration(resolvedAtMs - firedAtMs),
      ]),
  })}<p class="note">Times count from ${times.originName}.${fired.length > ALERTS_MAX ? ` ${formatNumberOf(fired.length - ALERTS_MAX, 'later alert')} left out.` : ''}</p>`;
}

/** What an alert is about, without the labels that every alert has. */
function subject(labels: AlertRecord['labels']): string {
  const named = Object.entries(labels).filter(([name]) => !['alertname', 'severity', 'slo', 'job'].includes(name));
  const severity = labels.severity === undefined ? [] : [labels.severity];
  return [...named.map(([, value]) => value), ...severity].join(', ') || '–';
}

function tracesBody({
  operations,
  complete,
  explained,
  share,
  missingByReason,
  examples,
}: ReportView['completeness']): Html {
  if (operations === 0) return missing('No operation was recorded, so no trace can be missed.');
  const reasons = Object.entries(missingByReason).sort(([, a], [, b]) => b - a);
  return html`<p>${formatNumberOf(complete, 'operation')} of ${formatNumberOf(operations, 'operation')} left both the client’s span and a server’s span${
    explained === 0
      ? ''
      : `; for ${formatNumberOf(explained, 'operation')} the fault itself explains why no server’s span came`
  }. Of all that can be expected, <strong>${formatShare(share)}</strong> arrived.</p>${
    reasons.length === 0
      ? null
      : folded(
          'Why spans are missing',
          html`${table({
            caption: 'Operations with missing spans, by reason',
            captionHidden: true,
            columns: ['Reason', 'Operations'],
            figures: [1],
            rows: reasons.map(([reason, count]) => [reason, count]),
          })}${examples.length === 0 ? null : html`<p>Unexplained, for example: ${examples.map((traceId) => html`<code>${traceId}</code> `)}</p>`}`,
        )
  }`;
}
