import type { Clock } from '../../harness/base/clock.ts';
import { messageOf } from '../../harness/base/errors.ts';
import type { Cell } from './cell.ts';
import type { Revision } from './revision.ts';
import type { CellResult } from './store.ts';

export interface RunOptions {
  readonly revision: Revision;
  /** No cell is begun that would probably not end by then; null: as long as it takes. */
  readonly deadlineMs: number | null;
  /** How long a cell probably takes. */
  readonly secondsOf: (cell: Cell) => number;
  /** Called with each result as soon as there is one. */
  readonly keep: (result: CellResult) => Promise<void>;
  /** Brings the machine back to where it was, after a cell that is red or was ended by Ctrl-C. */
  readonly cleanUp: () => Promise<void>;
  readonly print: (text: string) => void;
  /** Aborted by Ctrl-C: the cell that is going on is ended and has no result. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/** Runs the cells one after the other, because each fills the machine; gives their results. */
export async function runCells(cells: readonly Cell[], options: RunOptions): Promise<CellResult[]> {
  const { deadlineMs, secondsOf, keep, cleanUp, print, signal, clock } = options;
  const results: CellResult[] = [];
  for (const [index, cell] of cells.entries()) {
    if (signal.aborted) break;
    if (deadlineMs !== null && clock.now() + secondsOf(cell) * 1000 > deadlineMs) {
      print(`No time for ${cell.name}.\n`);
      continue;
    }
    print(`[${index + 1}/${cells.length}] ${cell.name} ... `);
    const result = await runCell(cell, options);
    if (result?.ok !== true) await cleanUp();
    if (result === undefined) break;
    results.push(result);
    await keep(result);
    print(result.ok ? `ok, ${result.seconds} s\n` : `RED, ${result.seconds} s\n${indented(result.reason ?? '')}\n`);
  }
  return results;
}

async function runCell(cell: Cell, { revision, signal, clock }: RunOptions): Promise<CellResult | undefined> {
  const startedAtMs = clock.now();
  let reason: string | null = null;
  try {
    await cell.run(signal);
  } catch (thrown) {
    reason = messageOf(thrown);
  }
  if (signal.aborted) return undefined;
  const seconds = Math.round((clock.now() - startedAtMs) / 1000);
  const when = new Date(startedAtMs).toISOString();
  return { cell: cell.name, ...revision, ok: reason === null, reason, seconds, when };
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '      ');
}
