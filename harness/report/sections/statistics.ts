import { formatBytes, formatCount, formatDuration, formatNumberOf, formatShare } from '../../model/analysis/format.ts';
import type { Window } from '../../model/analysis/windows.ts';
import type { RunManifest } from '../../model/run-record.ts';
import { type Html, html } from '../html.ts';
import type { ReportView } from '../view/view.ts';
import { shortened } from '../words.ts';
import { foldedBulk, list, missing, type Section, table } from './parts.ts';

const ERROR_LENGTH_MAX = 120;

/** The numbers behind the charts, and what this run cannot show. */
export function statisticsSection({ statistics, limits, manifest }: ReportView): Section {
  return {
    id: 'statistics',
    title: 'Statistics and limits',
    body: html`<h3>What was not seen</h3>
${limits.gaps.length === 0 ? html`<p>Nothing is missing: every part of the record was there.</p>` : list(limits.gaps)}
<h3>Where this differs from the real thing</h3>
${list(limits.differences)}
<h3>Operations</h3>
${statistics.phases.length === 0 ? missing('No operation was recorded in any phase.') : operationTables(statistics)}
<h3>The harness itself</h3>
${harnessBody(manifest)}`,
  };
}

const WINDOW_COLUMNS = ['Operations', 'ok', 'Failed', 'Unknown', 'Succeeded', 'Median', '95th', '99th'];

function windowCells({ operations, ok, fail, info, availability, p50Ms, p95Ms, p99Ms }: Window): string[] {
  return [
    ...[operations, ok, fail, info].map(formatCount),
    formatShare(availability),
    ...[p50Ms, p95Ms, p99Ms].map(formatDuration),
  ];
}

function operationTables({ phases, groups, errors, errorsOmitted }: ReportView['statistics']): Html {
  return html`${table({
    caption: 'Operations by phase; latency of those that succeeded, from the intended start',
    columns: ['Phase', ...WINDOW_COLUMNS],
    figures: [1, 2, 3, 4, 5, 6, 7, 8],
    rows: phases.map(({ phase, window }) => [phase, ...windowCells(window)]),
  })}
${
  groups.length === 0
    ? null
    : table({
        caption: 'While the fault lasted, by region of the clients',
        columns: ['Region', 'Class', ...WINDOW_COLUMNS],
        figures: [2, 3, 4, 5, 6, 7, 8, 9],
        rows: groups.map(({ region, class: kind, window }) => [region, kind, ...windowCells(window)]),
      })
}
${
  errors.length === 0
    ? null
    : table({
        caption: 'How operations failed',
        columns: ['Error', 'Before', 'During', 'After', 'In all'],
        figures: [1, 2, 3, 4],
        rows: errors.map(({ error, counts, total }) => [
          shortened(error, ERROR_LENGTH_MAX),
          ...[counts.before, counts.during, counts.after, total].map(formatCount),
        ]),
      })
}${errorsOmitted > 0 ? html`<p class="note">${formatNumberOf(errorsOmitted, 'rarer error')} left out.</p>` : null}`;
}

function harnessBody({ harness }: RunManifest): Html {
  const { generator, toxiproxy, receiver, runner, nodes, bringUpMs } = harness;
  const cpu = (seconds: number | null | undefined) =>
    typeof seconds === 'number' ? formatDuration(seconds * 1000) : '–';
  const rows = [
    ['Load generator', cpu(generator?.cpuSeconds), formatBytes(generator?.peakMemoryBytes ?? null)],
    ['Proxies of all edges', cpu(toxiproxy?.cpuSeconds), formatBytes(toxiproxy?.peakMemoryBytes ?? null)],
    ['Span receiver', cpu(receiver?.cpuSeconds), formatBytes(receiver?.peakMemoryBytes ?? null)],
    ['Runner', cpu(runner?.cpuSeconds), formatBytes(runner?.peakMemoryBytes ?? null)],
  ];
  const measured = Object.entries(nodes);
  return html`<dl class="facts">
<div><dt>Operations scheduled</dt><dd>${generator === null ? '–' : `${formatCount(generator.scheduled)}, of them dropped: ${formatCount(generator.dropped)}`}</dd></div>
<div><dt>Generator lag, median / 99th / worst</dt><dd>${generator === null ? '–' : [generator.lagP50Ms, generator.lagP99Ms, generator.lagMaxMs].map(formatDuration).join(' / ')}</dd></div>
<div><dt>Spans received</dt><dd>${receiver === null ? '–' : `${formatCount(receiver.spans)} in ${formatNumberOf(receiver.requests, 'request')}, refused: ${formatCount(receiver.refused)}`}</dd></div>
<div><dt>Bring-up</dt><dd>${formatDuration(bringUpMs)}</dd></div>
</dl>
${table({ caption: 'What the harness cost', columns: ['Process', 'CPU time', 'Peak memory'], figures: [1, 2], rows })}
${
  measured.length === 0
    ? null
    : foldedBulk(
        `What ${formatNumberOf(measured.length, 'node')} of the target cost`,
        table({
          caption: 'Resources of the nodes since their last start',
          captionHidden: true,
          columns: ['Node', 'CPU time', 'Memory', 'Read', 'Written'],
          figures: [1, 2, 3, 4],
          rows: measured.map(([name, usage]) => [
            name,
            cpu(usage.cpuSeconds),
            ...[usage.memoryBytes, usage.readBytes, usage.writtenBytes].map(formatBytes),
          ]),
        }),
      )
}`;
}
