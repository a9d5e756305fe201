import { formatList, formatNumberOf, formatValue } from '../../model/analysis/format.ts';
import type { CheckVerdict, Finding, Measurement } from '../../model/verdict.ts';
import { type Html, html } from '../html.ts';
import { CHECK_WORDS, QUESTION_TITLES, QUESTIONS } from '../status.ts';
import { type RunTimes, relativeText } from '../view/times.ts';
import type { ReportView } from '../view/view.ts';
import { shortened, unbroken } from '../words.ts';
import { badge, folded, list, missing, type Section, table } from './parts.ts';

const DETAIL_LENGTH_MAX = 300;

/** Every check: what was expected, what was observed, and the evidence. */
export function hypothesisSection({ judgement, times, traces }: ReportView): Section {
  const shown = new Map(traces.map(({ id, operation }) => [operation.traceId, id]));
  const groups = QUESTIONS.flatMap((question) => {
    const verdicts = judgement.verdicts.filter((verdict) => verdict.question === question);
    return verdicts.length === 0 ? [] : [{ question, verdicts }];
  });
  return {
    id: 'hypothesis',
    title: 'Hypothesis against observed',
    link: 'Hypothesis',
    body:
      groups.length === 0
        ? missing('No check was made, so nothing is proven.')
        : html`${groups.map(
            ({ question, verdicts }) => html`<h3>${QUESTION_TITLES[question]}</h3>
${checkTable(QUESTION_TITLES[question], verdicts, (verdict) => evidence(verdict, times, shown))}`,
          )}`,
  };
}

function checkTable(
  caption: string,
  verdicts: readonly CheckVerdict[],
  prove: (verdict: CheckVerdict) => Html | null,
): Html {
  return html`<table class="checks"><caption class="unseen">${caption}</caption>
<thead><tr><th scope="col">Check</th><th scope="col">Expected</th><th scope="col">Observed</th><th scope="col">Status</th></tr></thead>
${verdicts.map((verdict) => checkRows(verdict, prove(verdict)))}</table>`;
}

function checkRows({ check, title, status, expected, observed }: CheckVerdict, proof: Html | null): Html {
  return html`<tbody class="check ${CHECK_WORDS[status].tone}" id="check-${check}">
<tr><th scope="row">${title}</th><td><span class="cell-label">Expected </span>${unbroken(expected)}</td><td><span class="cell-label">Observed </span>${unbroken(observed)}</td><td>${badge(CHECK_WORDS[status])}</td></tr>
${proof === null ? null : html`<tr class="proof"><td colspan="4">${proof}</td></tr>`}
</tbody>
`;
}

function evidence(verdict: CheckVerdict, times: RunTimes, traces: ReadonlyMap<string, string>): Html | null {
  const { check, measurements, gaps, findings, findingsTotal, advice } = verdict;
  const counts = [
    ...(findings.length === 0 ? [] : [formatNumberOf(findingsTotal, 'finding')]),
    ...(measurements.length === 0 ? [] : [formatNumberOf(measurements.length, 'measurement')]),
    ...(gaps.length === 0 ? [] : [formatNumberOf(gaps.length, 'gap')]),
    ...(advice === undefined ? [] : ['advice']),
  ];
  if (counts.length === 0) return null;
  return folded(
    html`Evidence: ${formatList(counts)}<span class="unseen"> for ${check}</span>`,
    html`${advice === undefined ? null : html`<p class="advice"><strong>What to do:</strong> ${advice}</p>`}
${gaps.length === 0 ? null : html`<p><strong>Not seen:</strong></p>${list(gaps)}`}
${measurements.length === 0 ? null : measurementTable(verdict)}
${findings.length === 0 ? null : findingList(verdict, times, traces)}`,
  );
}

function measurementTable({ title, measurements }: CheckVerdict): Html {
  const hasLabels = measurements.some(({ labels }) => labels !== undefined);
  const column = <T>(value: T): T[] => (hasLabels ? [value] : []);
  return table({
    caption: `Measurements: ${title}`,
    captionHidden: true,
    columns: ['Measurement', ...column('Of'), 'Value', 'Objective'],
    figures: hasLabels ? [2, 3] : [1, 2],
    rows: measurements.map(({ name, labels, value, unit, objective }) => [
      name.replaceAll('-', ' '),
      ...column(labelsText(labels)),
      formatValue(value, unit),
      objective === undefined ? '–' : formatValue(objective, unit),
    ]),
  });
}

function labelsText(labels: Measurement['labels']): string {
  return labels === undefined ? '–' : Object.values(labels).join(', ');
}

function findingList(
  { findings, findingsTotal }: CheckVerdict,
  times: RunTimes,
  traces: ReadonlyMap<string, string>,
): Html {
  const more = findingsTotal - findings.length;
  return html`<ol class="findings">${findings.map(
    (finding) => html`<li>${findingBody(finding, times, traces)}</li>
`,
  )}</ol>${more > 0 ? html`<p>${formatNumberOf(more, 'more finding')} of the same kind ${more === 1 ? 'is' : 'are'} not listed.</p>` : null}`;
}

function findingBody(
  { summary, atMs, traceId, details }: Finding,
  times: RunTimes,
  traces: ReadonlyMap<string, string>,
): Html {
  const anchor = traceId === undefined ? undefined : traces.get(traceId);
  return html`${summary}${atMs === undefined ? null : html` <span class="at">${relativeText(times, atMs)}</span>`}${
    traceId === undefined
      ? null
      : html` <span class="trace-id">trace ${anchor === undefined ? html`<code>${traceId}</code>` : html`<a href="#${anchor}"><code>${traceId}</code></a>`}</span>`
  }${details === undefined ? null : html`<dl class="details">${Object.entries(details).map(([name, value]) => html`<div><dt>${name}</dt><dd>${detailText(value)}</dd></div>`)}</dl>`}`;
}

function detailText(value: unknown): string {
  return shortened(typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value)), DETAIL_LENGTH_MAX);
}
