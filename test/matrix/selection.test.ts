import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Cell } from './cell.ts';
import { selectCells, type Wish } from './selection.ts';
import type { CellResult } from './store.ts';

const CELLS = ['hold', 'undo', 'drain', 'canary'].map(
  (phase): Cell => ({
    name: `Ctrl-C in ${phase}`,
    family: 'interruptions',
    run: never,
  }),
);

async function never(): Promise<void> {
  throw new Error('nothing is run here');
}

function result(phase: string, ok: boolean, tree: string | null = 'now'): CellResult {
  const reason = ok ? null : 'something was left';
  return { cell: `Ctrl-C in ${phase}`, commit: 'c0ffee', tree, ok, reason, seconds: 30, when: '2026-01-01T00:00:00Z' };
}

function select(wish: Partial<Wish>, results: CellResult[] = [], tree: string | null = 'now') {
  const { chosen, known } = selectCells(CELLS, results, {
    wish: { seed: 'a seed', ...wish },
    revision: { commit: 'c0ffee', tree },
  });
  const phases = (cells: readonly Cell[]) => cells.map(({ name }) => name.replace('Ctrl-C in ', '')).sort();
  return { chosen: phases(chosen), known: phases(known) };
}

const ALL = ['canary', 'drain', 'hold', 'undo'];

describe('the selection of cells', () => {
  it('leaves out what is good at this revision', () => {
    const results = [result('hold', true), result('undo', false), result('drain', true, 'before')];
    assert.deepEqual(select({}, results), { chosen: ['canary', 'drain', 'undo'], known: ['hold'] });
  });

  it('goes by the latest result at this revision', () => {
    const results = [result('hold', true), result('hold', false), result('undo', false), result('undo', true)];
    assert.deepEqual(select({}, results), { chosen: ['canary', 'drain', 'hold'], known: ['undo'] });
    const elsewhere = [result('hold', true), result('hold', false, 'before')];
    assert.deepEqual(select({}, elsewhere).known, ['hold']);
  });

  it('knows nothing to be good while something is not committed', () => {
    const results = [result('hold', true), result('undo', true, null)];
    assert.deepEqual(select({}, results, null), { chosen: ALL, known: [] });
  });

  it('runs what is known again when asked to: all of it, or what was red last at any revision', () => {
    const results = [result('hold', true), result('undo', false, 'before'), result('drain', false, 'before')];
    assert.deepEqual(select({ again: 'all' }, results), { chosen: ALL, known: [] });
    assert.deepEqual(select({ again: 'failed' }, results), { chosen: ['drain', 'undo'], known: [] });
    assert.deepEqual(select({ again: 'failed' }, [...results, result('undo', true)]).chosen, ['drain']);
  });

  it('takes only cells with a text in their names', () => {
    assert.deepEqual(select({ only: 'in h' }).chosen, ['hold']);
    assert.deepEqual(select({ only: 'podman' }).chosen, []);
  });

  it('takes turns over families, so that a large one does not hide the others', () => {
    const many = Array.from(
      { length: 50 },
      (_, index): Cell => ({ name: `kill ${index}`, family: 'kills', run: never }),
    );
    const { chosen } = selectCells([...many, ...CELLS], [], {
      wish: { seed: 'a seed', slice: 8 },
      revision: { commit: 'c0ffee', tree: 'now' },
    });
    assert.equal(chosen.filter(({ family }) => family === 'interruptions').length, 4);
  });

  it('draws order and slice from the seed', () => {
    const draw = (seed: string) =>
      selectCells(CELLS, [], { wish: { seed, slice: 2 }, revision: { commit: 'c0ffee', tree: 'now' } }).chosen;
    assert.deepEqual(draw('one'), draw('one'));
    const slices = new Set(
      Array.from({ length: 50 }, (_, index) => String(draw(`seed ${index}`).map(({ name }) => name))),
    );
    assert.equal(slices.size, 12, 'every ordered pair of four cells is drawn');
  });

  it('does not fill a slice up when a part of it is known: a seed names the same cells at any time', () => {
    const { chosen, known } = select(
      { slice: 2 },
      ALL.map((phase) => result(phase, true)),
    );
    assert.deepEqual([chosen.length, known.length], [0, 2]);
  });
});
