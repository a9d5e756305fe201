import { html } from '../html.ts';
import type { ReportView } from '../view/view.ts';
import { unbroken } from '../words.ts';
import type { Section } from './parts.ts';

const TONE_WORDS = { good: 'met', bad: 'not met', unknown: 'not known', neutral: null } as const;
const TONE_SYMBOLS = { good: '✓', bad: '✗', unknown: '?', neutral: '' } as const;

/** The figures that people quote, each with what it is held against. */
export function figuresSection({ figures }: ReportView): Section {
  return {
    id: 'figures',
    title: 'Key figures',
    body: html`<dl class="figures">${figures.map(
      ({ label, value, note, tone }) => html`<div class="figure-card ${tone}">
<dt>${label}</dt>
<dd class="figure-value">${unbroken(value)}</dd>
<dd class="figure-note">${TONE_WORDS[tone] === null ? null : html`<span class="figure-mark"><span aria-hidden="true">${TONE_SYMBOLS[tone]}</span><span class="unseen">${TONE_WORDS[tone]}: </span></span> `}${unbroken(note)}</dd>
</div>
`,
    )}</dl>`,
  };
}
