import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import type { Clock } from '../../harness/base/clock.ts';
import type { Cell } from './cell.ts';
import { type RunOptions, runCells } from './run.ts';
import { appendResult, type CellResult, readResults } from './store.ts';
import { resultTable } from './table.ts';

const START_MS = Date.UTC(2026, 0, 1);

/** Cells that take a minute each on a clock of their own. */
function matrix(options: Partial<RunOptions> = {}) {
  let nowMs = START_MS;
  const kept: CellResult[] = [];
  const done = { printed: '', cleanUps: 0 };
  const clock: Clock = { now: () => nowMs, sleep: async () => undefined };
  const cell = (name: string, outcome: () => void = () => undefined): Cell => ({
    family: 'tests',
    name,
    run: async () => {
      nowMs += 60_000;
      outcome();
    },
  });
  const run = (...cells: Cell[]) =>
    runCells(cells, {
      revision: { commit: 'c0ffee', tree: 'tree' },
      deadlineMs: null,
      secondsOf: () => 60,
      keep: async (result) => void kept.push(result),
      cleanUp: async () => {
        done.cleanUps += 1;
      },
      print: (text) => {
        done.printed += text;
      },
      signal: new AbortController().signal,
      clock,
      ...options,
    });
  return { cell, run, kept, done };
}

const fails = (message: string) => () => {
  throw new Error(message);
};

describe('a run of the matrix', () => {
  it('keeps the result of each cell, and cleans up after one that is red', async () => {
    const { cell, run, kept, done } = matrix();
    const results = await run(cell('one'), cell('two', fails('a process was left')), cell('three'));
    assert.deepEqual(results, kept);
    const common = { commit: 'c0ffee', tree: 'tree', seconds: 60 };
    assert.deepEqual(kept, [
      { cell: 'one', ...common, ok: true, reason: null, when: '2026-01-01T00:00:00.000Z' },
      { cell: 'two', ...common, ok: false, reason: 'a process was left', when: '2026-01-01T00:01:00.000Z' },
      { cell: 'three', ...common, ok: true, reason: null, when: '2026-01-01T00:02:00.000Z' },
    ]);
    assert.equal(done.cleanUps, 1);
    assert.match(done.printed, /^\[2\/3\] two \.\.\. RED, 60 s\n {6}a process was left$/m);
  });

  it('begins no cell that would probably not end in time', async () => {
    const { cell, run, done } = matrix({
      deadlineMs: START_MS + 150_000,
      secondsOf: ({ name }) => (name === 'long' ? 120 : 60),
    });
    const results = await run(cell('one'), cell('long'), cell('two'), cell('three'));
    assert.deepEqual(
      results.map((result) => result.cell),
      ['one', 'two'],
    );
    assert.match(done.printed, /^No time for long\.$/m);
  });

  it('gives no result to a cell that Ctrl-C ended, and begins no other', async () => {
    const interruption = new AbortController();
    const { cell, run, kept, done } = matrix({ signal: interruption.signal });
    const interrupted = () => {
      interruption.abort();
      throw new Error('the run ended as interrupted');
    };
    await run(cell('one'), cell('two', interrupted), cell('three'));
    assert.deepEqual(
      kept.map((result) => result.cell),
      ['one'],
    );
    assert.equal(done.cleanUps, 1);
  });

  it('ends with a table in which the red cells stand last', async () => {
    const { cell, run } = matrix({ deadlineMs: START_MS + 130_000 });
    const chosen = [cell('one', fails('no')), cell('two'), cell('three')];
    assert.equal(
      resultTable({ chosen, known: [cell('zero')] }, await run(...chosen)),
      [
        'result          s  cell',
        'good before        zero',
        'ok             60  two',
        'not run            three',
        'RED            60  one',
        '1 ok, 1 red, 1 not run, 1 good before',
      ].join('\n'),
    );
  });
});

describe('the store of results', () => {
  it('gives back what was appended, also behind a line that a crash has torn', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'faultline-matrix-'));
    try {
      const store = join(folder, 'reports', 'matrix.jsonl');
      assert.deepEqual(await readResults(store), []);
      const { cell, run, kept } = matrix();
      await run(cell('one'), cell('two', fails('no')));
      await appendResult(store, kept[0]!);
      await writeFile(store, '\n{"cell":"to', { flag: 'a' });
      await appendResult(store, kept[1]!);
      assert.deepEqual(await readResults(store), kept);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
