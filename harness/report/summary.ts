import { formatNumberOf } from '../model/analysis/format.ts';
import { recoveryTimes } from '../model/analysis/recovery-time.ts';
import type { RunRecord } from '../model/run-record.ts';
import type { CheckVerdict } from '../model/verdict.ts';
import { CHECK_WORDS, VERDICT_WORDS } from './status.ts';
import { conclusionsOf, type Judgement } from './view/conclusions.ts';
import { headlineOf } from './view/headline.ts';
import { keyFiguresOf } from './view/key-figures.ts';
import { limitsOf } from './view/limits.ts';
import { dateText, shortened } from './words.ts';

/** Well below the 64 KB that comments and job summaries of continuous integration services take. */
const BYTES_MAX = 60_000;
const CELL_LENGTH_MAX = 300;
const FINDINGS_MAX = 5;
const CHECKS_MAX = 60;
const GAPS_MAX = 30;

/** The judgement as Markdown, well under 64 KB. */
export function renderSummary(record: RunRecord, judgement: Judgement): string {
  return withinLimit(wholeSummary(record, judgement));
}

/** Whole lines, as many as the limit takes. */
function withinLimit(summary: string): string {
  if (Buffer.byteLength(summary) <= BYTES_MAX) return summary;
  const lines = summary.split('\n');
  let bytes = 0;
  const end = lines.findIndex((line) => {
    bytes += Buffer.byteLength(line) + 1;
    return bytes > BYTES_MAX;
  });
  return `${lines.slice(0, end).join('\n')}\n\nShortened here; the report has all of it.\n`;
}

function wholeSummary(record: RunRecord, judgement: Judgement): string {
  const { manifest } = record;
  const recovery = recoveryTimes(record);
  const { word, symbol } = VERDICT_WORDS[judgement.verdict];
  const { broke, undecided, fixes } = conclusionsOf(judgement);
  const { gaps } = limitsOf(record, judgement);
  const checks = judgement.verdicts.slice(0, CHECKS_MAX);
  return `${[
    `# ${symbol} ${word}: ${inline(manifest.experiment.name)}`,
    `**${inline(headlineOf(record, judgement, recovery))}**`,
    `${inline(manifest.target.title)}, run ${inline(manifest.runId)}, ${dateText(manifest.startedAtMs)}`,
    markdownTable(
      ['Figure', 'Value', 'Against'],
      keyFiguresOf(record, judgement, recovery).map(({ label, value, note }) => [label, value, note]),
    ),
    ...[...broke, ...undecided].slice(0, CHECKS_MAX).map(problemText),
    ...(fixes.length === 0 ? [] : ['## What to fix', bullets(fixes.map(({ advice }) => advice))]),
    '## Checks',
    checks.length === 0
      ? 'No check was made.'
      : markdownTable(
          ['', 'Check', 'Observed'],
          checks.map(({ status, title, observed }) => [CHECK_WORDS[status].symbol, title, observed]),
        ),
    ...(gaps.length === 0 ? [] : ['## Not seen', bullets(gaps.slice(0, GAPS_MAX))]),
    '## Do it again',
    `\`\`\`sh\n${shortened(manifest.reproduce, 1000).replaceAll('`', '')}\n\`\`\``,
  ].join('\n\n')}\n`;
}

function problemText({ status, sentence, findings, findingsTotal }: CheckVerdict): string {
  const shown = findings.slice(0, FINDINGS_MAX);
  const more = findingsTotal - shown.length;
  return [
    `## ${CHECK_WORDS[status].symbol} ${inline(sentence)}`,
    ...(shown.length === 0 ? [] : [bullets(shown.map(({ summary }) => summary))]),
    ...(more > 0 && shown.length > 0 ? [`and ${formatNumberOf(more, 'more finding')}`] : []),
  ].join('\n\n');
}

function markdownTable(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => inline(cell).replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(columns), `|${columns.map(() => ' --- |').join('')}`, ...rows.map(line)].join('\n');
}

function bullets(items: readonly string[]): string {
  return items.map((item) => `- ${inline(item)}`).join('\n');
}

/** One line without markup: a target's words must not become links, images or HTML. */
function inline(text: string): string {
  return shortened(plain(text), CELL_LENGTH_MAX).replaceAll(/[\\`*_[\]<>#&]/g, (character) =>
    character === '<' ? '&lt;' : character === '>' ? '&gt;' : character === '&' ? '&amp;' : `\\${character}`,
  );
}

/** What a terminal shows at the end: the verdict, each check with its sentence, and where the report lies. */
export function terminalSummary(record: RunRecord, judgement: Judgement, reportPath: string): string {
  const { word, symbol } = VERDICT_WORDS[judgement.verdict];
  const headline = headlineOf(record, judgement, recoveryTimes(record));
  return [
    `${symbol} ${word.toUpperCase()}  ${plain(headline)}`,
    '',
    ...judgement.verdicts.flatMap(checkLines),
    ...(judgement.verdicts.length === 0 ? ['  No check was made.'] : []),
    '',
    `Report: ${reportPath}`,
  ].join('\n');
}

function checkLines({ status, sentence, findings, advice }: CheckVerdict): string[] {
  const lines = [`  ${CHECK_WORDS[status].symbol} ${plain(sentence)}`];
  if (status === 'passed') return lines;
  lines.push(...findings.slice(0, FINDINGS_MAX).map(({ summary }) => `      ${plain(summary)}`));
  if (advice !== undefined) lines.push(`      What to do: ${plain(advice)}`);
  return lines;
}

/** One line without control characters: a target's words must not move a cursor or change a terminal. */
function plain(text: string): string {
  return shortened(text.replaceAll(/[\p{Cc}\s]+/gu, ' '), CELL_LENGTH_MAX * 2);
}
