import { html } from '../html.ts';
import { relativeText } from '../view/times.ts';
import type { ReportView } from '../view/view.ts';
import { missing, type Section } from './parts.ts';

/** The steps of the failover, each with a bar from the fault to its time. */
export function timelineSection({ milestones, times }: ReportView): Section {
  const body =
    milestones.length === 0
      ? missing('No fault was injected and held, so there was nothing to fail over from.')
      : html`<ol class="timeline">${milestones.map(({ title, atMs, afterFaultMs, source }) => {
          return html`<li class="${atMs === null ? 'unseen-step' : 'step'}"><span class="step-time">${atMs === null ? 'not seen' : relativeText(times, atMs)}</span><span class="step-title">${title}<span class="step-source">${source}</span></span>${bar(afterFaultMs, milestones)}</li>
`;
        })}</ol><p class="note">Times count from ${times.originName}; the bars share one scale. The target’s own steps are told by its logs, the others by clients and the harness.</p>`;
  return { id: 'timeline', title: 'Failover timeline', body };
}

function bar(afterFaultMs: number | null, milestones: ReportView['milestones']) {
  const longestMs = milestones.reduce((most, milestone) => Math.max(most, milestone.afterFaultMs ?? 0), 1);
  const percent = Math.max(0, Math.min(100, ((afterFaultMs ?? 0) / longestMs) * 100)).toFixed(2);
  return html`<span class="step-bar" aria-hidden="true">${afterFaultMs === null ? null : html`<span style="width:${percent}%"></span>`}</span>`;
}
