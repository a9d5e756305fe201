import { seededRandom } from '../../harness/base/random.ts';
import type { Cell } from './cell.ts';
import type { Revision } from './revision.ts';
import type { CellResult } from './store.ts';

/** What was asked for at the command line. */
export interface Wish {
  /** Part of a cell's name. */
  readonly only?: string;
  /** At most so many cells. */
  readonly slice?: number;
  readonly seed: string;
  /** Without it, what is good at this revision is not run again. */
  readonly again?: 'failed' | 'all';
}

export interface Selection {
  /** In the order in which they are to run. */
  readonly chosen: readonly Cell[];
  /** Part of the wish, but known to be good at this revision. */
  readonly known: readonly Cell[];
}

/**
 * Which cells to run, in an order drawn from the seed: whoever has little time for each commit sees all of the matrix
 * sooner or later. With `failed`, those whose latest result, of whatever revision, was red.
 */
export function selectCells(
  cells: readonly Cell[],
  results: readonly CellResult[],
  { wish, revision }: { wish: Wish; revision: Revision },
): Selection {
  const { only = '', slice = cells.length, seed, again } = wish;
  const latest = new Map(results.map((result) => [result.cell, result]));
  const wanted = cells
    .filter(({ name }) => name.includes(only))
    .filter(({ name }) => again !== 'failed' || latest.get(name)?.ok === false);
  const part = inTurns(shuffled(wanted, seed), seed).slice(0, slice);
  const isKnown = ({ name }: Cell) =>
    again === undefined && revision.tree !== null && goodAt(revision.tree, results).has(name);
  return { chosen: part.filter((cell) => !isKnown(cell)), known: part.filter(isKnown) };
}

/** The cells whose latest result for these files is good. */
function goodAt(tree: string, results: readonly CellResult[]): Set<string> {
  const here = new Map(results.filter((result) => result.tree === tree).map((result) => [result.cell, result.ok]));
  return new Set([...here].flatMap(([cell, ok]) => (ok ? [cell] : [])));
}

/** One of each family after the other; which family is first is drawn as well, whatever their sizes are. */
function inTurns(cells: readonly Cell[], seed: string): Cell[] {
  const byFamily = Map.groupBy(cells, ({ family }) => family);
  const families = shuffled([...byFamily.keys()].sort(), seed).map((family) => byFamily.get(family)!);
  const longest = Math.max(0, ...families.map(({ length }) => length));
  return Array.from({ length: longest }, (_, turn) => families.flatMap((family) => family[turn] ?? [])).flat();
}

/** Fisher and Yates. */
function shuffled<T>(items: readonly T[], seed: string): T[] {
  const random = seededRandom(seed);
  const order = [...items];
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = random.integer(0, last);
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}
