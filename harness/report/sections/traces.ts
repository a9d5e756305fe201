import { formatDuration, formatNumberOf } from '../../model/analysis/format.ts';
import { type Html, html } from '../html.ts';
import { OUTCOME_WORDS } from '../status.ts';
import { MOMENT_TITLES, MOMENTS, type RunTimes, relativeText } from '../view/times.ts';
import type { Choice, TraceRow, TraceView } from '../view/traces.ts';
import type { ReportView } from '../view/view.ts';
import { shortened } from '../words.ts';
import { badge, folded, missing, type Section } from './parts.ts';

const MESSAGE_LENGTH_MAX = 200;

const CHOICE_TITLES: Readonly<Record<Choice, string>> = {
  fastest: 'Fastest',
  median: 'Median',
  slowest: 'Slowest',
  failed: 'Unsuccessful',
};

/** One operation of each kind before, during and after, as it went through the target. */
export function tracesSection({ traces, times }: ReportView): Section {
  return {
    id: 'traces',
    title: 'Exemplar traces',
    body:
      traces.length === 0
        ? missing('No operation was recorded before, during or after the fault, so there is no trace to show.')
        : html`<p class="note">Real operations, chosen by their latency. A waterfall begins when the user wanted the operation to start.</p>${MOMENTS.map(
            (moment) => {
              const within = traces.filter((trace) => trace.moment === moment);
              return within.length === 0
                ? null
                : html`<h3>${MOMENT_TITLES[moment]}</h3>${within.map((trace) => traceBody(trace, times))}`;
            },
          )}`,
  };
}

function traceBody(trace: TraceView, times: RunTimes): Html {
  const { id, choice, operation, latencyMs, rows, rowsOmitted } = trace;
  const route = [operation.region, operation.datacenter ?? 'nowhere'].join(' → ');
  return html`<div class="trace" id="${id}">${folded(
    html`<span class="trace-choice">${CHOICE_TITLES[choice]}</span> <span class="trace-latency">${latencyMs === null ? 'never ended' : formatDuration(latencyMs)}</span> <span class="trace-name">${operation.f}</span> <span class="trace-route">${route}</span> ${badge(OUTCOME_WORDS[operation.outcome])}`,
    html`<p class="trace-facts">${operation.client} client, ${relativeText(times, operation.intendedMs)}${operation.servedBy === undefined ? null : `, answered by ${operation.servedBy}`}${operation.readFrom === undefined ? null : `, read from ${operation.readFrom}`}${operation.writtenBy === undefined ? null : `, written by ${operation.writtenBy}`}${operation.error === undefined ? null : `, error: ${shortened(operation.error, MESSAGE_LENGTH_MAX)}`}. Trace <code>${operation.traceId}</code></p>
${rows.length === 0 ? missing('None of its spans arrived.') : waterfall(trace)}
${rowsOmitted > 0 ? html`<p class="note">${formatNumberOf(rowsOmitted, 'more span')} left out.</p>` : null}`,
  )}</div>
`;
}

function waterfall({ choice, moment, operation, rows }: TraceView): Html {
  const caption = `Spans of the ${CHOICE_TITLES[choice].toLowerCase()} ${operation.f} ${moment} the fault`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table class="waterfall"><caption class="unseen">${caption}</caption>
<thead><tr><th scope="col">Span</th><th scope="col">Node</th><th scope="col" class="figure">Took</th><th scope="col"><span class="unseen">Drawn as a bar</span></th></tr></thead>
<tbody>${rows.map(waterfallRow)}</tbody></table></div>`;
}

function waterfallRow({
  depth,
  name,
  node,
  zone,
  startMs,
  durationMs,
  leftShare,
  widthShare,
  error,
  message,
}: TraceRow): Html {
  const left = (leftShare * 100).toFixed(2);
  const width = Math.max(widthShare * 100, 0.4).toFixed(2);
  return html`<tr><th scope="row"><span class="depth-${Math.min(depth, 8)}">${name}</span>${error ? html` <span class="span-error">✗ error${message === null ? null : `: ${shortened(message, MESSAGE_LENGTH_MAX)}`}</span>` : null}</th><td>${node}${node.includes(zone) ? null : ` (${zone})`}</td><td class="figure">${formatDuration(durationMs)}</td><td class="bar-cell"><span class="bar-track" title="starts ${formatDuration(startMs)} after the intended start"><span class="bar${error ? ' error' : ''}" style="left:${left}%;width:${width}%"></span></span></td></tr>
`;
}
