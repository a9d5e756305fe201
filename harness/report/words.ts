/** `2026-03-01 12:30:05 UTC`. */
export function dateText(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** Cuts text that is longer than a reader needs. */
export function shortened(text: string, lengthMax: number): string {
  return text.length <= lengthMax ? text : `${text.slice(0, lengthMax - 1)}…`;
}

/** The same words within a sentence: `Power loss of us-west` becomes `power loss of us-west`, `DNS` stays. */
export function withinSentence(text: string): string {
  return /^[A-Z][a-z]/.test(text) ? text[0]!.toLowerCase() + text.slice(1) : text;
}

/** Keeps a figure and its unit on one line. */
export function unbroken(text: string): string {
  return text.replaceAll(/(?<=\d) (?=(?:ms|s|min|%|kB|MB|GB)(?![\w]))/g, '\u00a0');
}
