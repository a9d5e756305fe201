import type { Selection } from './selection.ts';
import type { CellResult } from './store.ts';

/** A line for each cell that was asked for, the red ones last, and a line that counts them. */
export function resultTable({ chosen, known }: Selection, results: readonly CellResult[]): string {
  const ran = new Map(results.map((result) => [result.cell, result]));
  const line = (word: string, seconds: string, name: string) => `${word.padEnd(11)} ${seconds.padStart(5)}  ${name}`;
  const outcomes = chosen.map((cell) => ({ cell, result: ran.get(cell.name) }));
  const green = outcomes.filter(({ result }) => result?.ok === true);
  const red = outcomes.filter(({ result }) => result?.ok === false);
  const open = outcomes.filter(({ result }) => result === undefined);
  return [
    line('result', 's', 'cell'),
    ...known.map(({ name }) => line('good before', '', name)),
    ...green.map(({ cell, result }) => line('ok', `${result?.seconds}`, cell.name)),
    ...open.map(({ cell }) => line('not run', '', cell.name)),
    ...red.map(({ cell, result }) => line('RED', `${result?.seconds}`, cell.name)),
    `${green.length} ok, ${red.length} red, ${open.length} not run, ${known.length} good before`,
  ].join('\n');
}
