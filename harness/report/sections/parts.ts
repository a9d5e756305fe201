import { type Html, type HtmlPart, html } from '../html.ts';
import type { StatusWords } from '../status.ts';

/** A section of the page: where the table of contents leads. */
export interface Section {
  id: string;
  title: string;
  /** The title in the table of contents, where the whole one is too long. */
  link?: string;
  body: Html;
}

/** A status by colour, symbol and word. */
export function badge({ word, symbol, tone }: StatusWords): Html {
  return html`<span class="badge ${tone}"><span aria-hidden="true">${symbol}</span> ${word}</span>`;
}

export interface TableOptions {
  caption: string;
  columns: readonly HtmlPart[];
  /** The first cell of each row is its heading. */
  rows: readonly (readonly HtmlPart[])[];
  /** Columns of figures, by index: aligned to the right. */
  figures?: readonly number[];
  /** The caption is for screen readers only, because a heading says the same. */
  captionHidden?: boolean;
}

/** A table that scrolls by itself where the screen is narrower than it. */
export function table({ caption, columns, rows, figures = [], captionHidden = false }: TableOptions): Html {
  const align = (index: number) => (figures.includes(index) ? html` class="figure"` : null);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table>
<caption${captionHidden ? html` class="unseen"` : null}>${caption}</caption>
<thead><tr>${columns.map((column, index) => html`<th scope="col"${align(index)}>${column}</th>`)}</tr></thead>
<tbody>${rows.map(
    ([heading, ...cells]) =>
      html`<tr><th scope="row"${align(0)}>${heading}</th>${cells.map((cell, index) => html`<td${align(index + 1)}>${cell}</td>`)}</tr>
`,
  )}</tbody></table></div>`;
}

/** Something that is folded away until it is asked for. */
export function folded(summary: HtmlPart, body: HtmlPart): Html {
  return html`<details><summary>${summary}</summary><div class="folded">${body}</div></details>`;
}

/** Something long that only few ask for: it stays folded on paper too. */
export function foldedBulk(summary: HtmlPart, body: HtmlPart): Html {
  return html`<details data-bulk><summary>${summary}</summary><div class="folded">${body}</div></details>`;
}

/** What stands where data is missing. */
export function missing(text: string): Html {
  return html`<p class="missing"><span aria-hidden="true">○</span> ${text}</p>`;
}

export function list(items: readonly HtmlPart[]): Html {
  return html`<ul>${items.map((item) => html`<li>${item}</li>`)}</ul>`;
}
