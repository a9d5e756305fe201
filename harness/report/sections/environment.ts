import { formatCount, formatDuration, formatShare } from '../../model/analysis/format.ts';
import { html } from '../html.ts';
import { relativeText } from '../view/times.ts';
import type { ReportView } from '../view/view.ts';
import { dateText } from '../words.ts';
import { folded, missing, type Section, table } from './parts.ts';

/** What it takes to do the same again. */
export function environmentSection({ manifest, times }: ReportView): Section {
  const { seed, driver, target, load, parameters, environment, phases, canary } = manifest;
  const shares = (parts: Readonly<Record<string, number>>) =>
    Object.entries(parts)
      .map(([name, share]) => `${name} ${formatShare(share)}`)
      .join(', ');
  return {
    id: 'environment',
    title: 'Environment and how to do it again',
    link: 'Environment',
    body: html`<div class="command"><pre tabindex="0" aria-label="The command that does the same again"><code id="reproduce">${manifest.reproduce}</code></pre><button type="button" data-copy="reproduce" hidden>Copy</button></div>
<dl class="facts">
<div><dt>Run</dt><dd>${manifest.runId}</dd></div>
<div><dt>Started</dt><dd>${dateText(manifest.startedAtMs)}</dd></div>
<div><dt>Took</dt><dd>${manifest.finishedAtMs === null ? 'it never finished' : formatDuration(manifest.finishedAtMs - manifest.startedAtMs)}</dd></div>
<div><dt>Seed</dt><dd>${seed}</dd></div>
<div><dt>Driver</dt><dd>${driver}</dd></div>
<div><dt>Target</dt><dd>${target.title} (${target.name})${target.mutant === null ? null : `, mutant ${target.mutant}`}</dd></div>
<div><dt>Load</dt><dd>${formatCount(load.ratePerSecond)} operations per second, ${load.arrivals} arrivals, open loop; ${shares(load.regions)}; ${shares(load.clients)}; ${formatCount(load.usersPerRegion)} users per region</dd></div>
${Object.entries(parameters).map(([name, value]) => html`<div><dt>Parameter ${name}</dt><dd>${value === true ? 'yes' : value === false ? 'no' : value}</dd></div>`)}
${Object.entries(environment).map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}
</dl>
${
  phases.length === 0
    ? missing('No phase was recorded.')
    : folded(
        'Phases',
        table({
          caption: `Phases, counted from ${times.originName}`,
          captionHidden: true,
          columns: ['Phase', 'Began', 'Lasted', 'Problem'],
          figures: [1, 2],
          rows: phases.map(({ phase, startedAtMs, endedAtMs, problem }) => [
            phase,
            relativeText(times, startedAtMs),
            endedAtMs === null ? 'did not end' : formatDuration(endedAtMs - startedAtMs),
            problem ?? '–',
          ]),
        }),
      )
}
${
  canary.length === 0
    ? missing('No canary was sent: it is not proven that the pipelines worked before the run.')
    : folded(
        'Canary: one of each sent through every pipeline before the run',
        table({
          caption: 'Results of the canary',
          captionHidden: true,
          columns: ['Pipeline', 'Arrived', 'Detail'],
          rows: canary.map(({ pipeline, seen, detail }) => [pipeline, seen ? '✓ yes' : '✗ no', detail]),
        }),
      )
}`,
  };
}
