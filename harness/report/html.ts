/** Markup that is safe to put into a page as it is. */
export class Html {
  readonly markup: string;

  constructor(markup: string) {
    this.markup = markup;
  }
}

/** What a template accepts: text is escaped, markup is kept, nothing is left out. */
export type HtmlPart = Html | string | number | null | undefined | false | readonly HtmlPart[];

/** Composes markup; every text that is put in is escaped, so nothing a target said can become markup. */
export function html(strings: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html {
  let markup = strings[0]!;
  parts.forEach((part, index) => {
    markup += markupOf(part) + strings[index + 1]!;
  });
  return new Html(markup);
}

function markupOf(part: HtmlPart): string {
  if (part === null || part === undefined || part === false) return '';
  if (part instanceof Html) return part.markup;
  if (typeof part === 'object') return part.map(markupOf).join('');
  return escapeMarkup(String(part));
}

/** Escapes text for HTML and XML, in elements and in quoted attributes. Characters that XML forbids become U+FFFD. */
function escapeMarkup(text: string): string {
  return text
    .replace(FORBIDDEN_IN_XML, '\ufffd')
    .toWellFormed()
    .replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}

/** Control characters other than tab, line feed and carriage return (XML 1.0, production 2). */
const FORBIDDEN_IN_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A value for a script element of type application/json: no text in it can end the element. */
export function jsonForScript(value: unknown): Html {
  return new Html(
    JSON.stringify(value)
      .replace(/</g, '\\u003c')
      .replace(/>/g, '\\u003e')
      .replace(/&/g, '\\u0026')
      .replace(/\u2028/g, '\\u2028')
      .replace(/\u2029/g, '\\u2029'),
  );
}
