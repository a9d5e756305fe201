import { formatDuration } from '../../model/analysis/format.ts';
import { type Html, html, jsonForScript } from '../html.ts';
import type { ChartView } from '../view/charts.ts';
import type { ReportView } from '../view/view.ts';
import { foldedBulk, missing, type Section, table } from './parts.ts';

/** The run over time; the page's script draws from the data beside the figures, the tables need no script. */
export function chartsSection({ charts, bands, marks, times }: ReportView): Section {
  const drawable = charts.charts.map(({ id, title, unit, scale, seconds, lines }) => ({
    id,
    title,
    unit,
    scale,
    seconds,
    lines,
  }));
  return {
    id: 'charts',
    title: 'The run over time',
    body: html`${
      charts.charts.length === 0
        ? null
        : html`<p class="note">Zero is ${times.originName}. Each point covers ${formatDuration(charts.stepMs)}${
            charts.thinned ? ', wider than a second to keep this report small' : ''
          }. Shaded: <span class="swatch fault">the fault</span> and <span class="swatch recovery">the recovery phase</span>. The numbered lines are the steps of the <a href="#timeline">failover timeline</a>. Point at a chart to read all of them at the same moment.</p>`
    }
${charts.charts.map(chartFigure)}
${charts.missing.map(missing)}
${charts.charts.length === 0 ? null : html`<script type="application/json" id="chart-data">${jsonForScript({ originName: times.originName, bands, marks, charts: drawable })}</script>`}`,
  };
}

function chartFigure({ id, title, summary, table: { columns, rows } }: ChartView): Html {
  return html`<figure class="chart"><figcaption><h3>${title}</h3><p>${summary}</p></figcaption>
<div class="plot" id="chart-${id}"><noscript>Drawing needs JavaScript; the same figures are in the table below.</noscript></div>
${foldedBulk(
  html`Figures<span class="unseen"> of the chart ${title}</span>`,
  table({ caption: title, captionHidden: true, columns, rows, figures: columns.map((_, index) => index) }),
)}
</figure>
`;
}
