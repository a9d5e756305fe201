import { formatNumberOf } from '../../model/analysis/format.ts';
import { type Html, html } from '../html.ts';
import type { ReportView } from '../view/view.ts';
import { foldedBulk, missing, type Section, table } from './parts.ts';

/** The target as a picture, with the fault on it. */
export function topologySection({ topology }: ReportView, picture: Html | null): Section {
  const { total, marked } = topology.telemetryEdges;
  return {
    id: 'topology',
    title: 'Topology with the fault on it',
    link: 'Topology',
    body: html`<figure class="topology"><figcaption><p>${topology.summary}${
      total === 0
        ? null
        : ` Not drawn: ${formatNumberOf(total, 'telemetry edge')}${marked === 0 ? ', none of them touched' : `, ${marked} of them cut`}.`
    }</p>
<ul class="key" aria-label="Key"><li><span class="stroke data" aria-hidden="true"></span>data</li><li><span class="stroke control" aria-hidden="true"></span>control or health</li><li><span class="stroke faulted" aria-hidden="true"></span>✕ faulted</li></ul></figcaption>
${picture === null ? missing('The topology could not be drawn.') : html`<div class="scroll picture" tabindex="0" role="img" aria-label="${topology.title}. ${topology.summary} All edges are listed below.">${picture}</div>`}
</figure>
${
  topology.edges.length === 0
    ? missing('The record has no edges.')
    : foldedBulk(
        `All ${formatNumberOf(topology.edges.length, 'edge')}`,
        table({
          caption: 'Edges and what was done to them',
          captionHidden: true,
          columns: ['Edge', 'Plane', 'Fault'],
          rows: topology.edges.map(({ name, plane, mark }) => [name, plane, mark === null ? 'untouched' : `✕ ${mark}`]),
        }),
      )
}`,
  };
}
