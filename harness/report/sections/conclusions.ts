import { formatNumberOf } from '../../model/analysis/format.ts';
import type { CheckVerdict } from '../../model/verdict.ts';
import { type Html, html } from '../html.ts';
import type { Tone } from '../status.ts';
import type { ReportView } from '../view/view.ts';
import { unbroken } from '../words.ts';
import { folded, type Section } from './parts.ts';

const UNDECIDED_MAX = 6;

/** What broke, what could not be decided, what held, and what to do about it. */
export function conclusionsSection({ conclusions: { broke, undecided, held, fixes } }: ReportView): Section {
  return {
    id: 'conclusions',
    title: 'What broke, what held, what to fix',
    link: 'What broke, what held',
    body: html`<div class="conclusions">
${broke.length === 0 ? null : group('What broke', 'bad', '✗', broke)}
${undecided.length === 0 ? null : undecidedGroup(undecided)}
${
  fixes.length === 0
    ? null
    : html`<div class="conclusion"><h3>What to fix</h3><ol>${fixes.map(
        ({ advice, because, check }) =>
          html`<li>${advice} <span class="because">For <a href="#check-${check}">${because}</a>.</span></li>`,
      )}</ol></div>`
}
${heldGroup(held, broke.length + undecided.length > 0)}
</div>`,
  };
}

function group(title: string, tone: Tone, symbol: string, verdicts: readonly CheckVerdict[]): Html {
  return html`<div class="conclusion ${tone}"><h3>${title}</h3>${sentences(symbol, verdicts)}</div>`;
}

/** A run that went wrong early leaves every check undecided, for one and the same reason. */
function undecidedGroup(undecided: readonly CheckVerdict[]): Html {
  const rest = undecided.slice(UNDECIDED_MAX);
  return html`<div class="conclusion unknown"><h3>What could not be decided</h3>${sentences('?', undecided.slice(0, UNDECIDED_MAX))}${
    rest.length === 0 ? null : folded(formatNumberOf(rest.length, 'more check'), sentences('?', rest))
  }</div>`;
}

/** Good news is folded away when there is other news; that the run itself can be trusted is told only on request. */
function heldGroup(held: readonly CheckVerdict[], otherNews: boolean): Html | null {
  if (held.length === 0) return null;
  const told = otherNews ? [] : held.filter(({ question }) => question !== 'real');
  const rest = held.filter((verdict) => !told.includes(verdict));
  const summary =
    told.length === 0
      ? formatNumberOf(rest.length, 'check passed', 'checks passed')
      : `${formatNumberOf(rest.length, 'more check')} of the run itself passed`;
  return html`<div class="conclusion good"><h3>What held</h3>${told.length === 0 ? null : sentences('✓', told)}${
    rest.length === 0 ? null : folded(summary, sentences('✓', rest))
  }</div>`;
}

function sentences(symbol: string, verdicts: readonly CheckVerdict[]): Html {
  return html`<ul class="sentences">${verdicts.map(
    ({ check, sentence }) =>
      html`<li><span class="symbol" aria-hidden="true">${symbol}</span><span>${unbroken(sentence)} <a class="more" href="#check-${check}">evidence<span class="unseen"> of ${check}</span></a></span></li>
`,
  )}</ul>`;
}
