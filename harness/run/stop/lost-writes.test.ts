import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { LostWrites } from './lost-writes.ts';

describe('lost writes', () => {
  it('are unknown before anything was acknowledged, and when nobody answers', async () => {
    let answer: ReadonlySet<string> | null = new Set();
    const lost = new LostWrites(async () => answer);
    assert.equal(await lost.count(), null);
    lost.acknowledged(['a']);
    answer = null;
    assert.equal(await lost.count(), null);
  });

  it('are all found in some turns, however many writes there are', async () => {
    const writeIds = Array.from({ length: 1000 }, (_, index) => `w${index}`);
    const gone = new Set(['w0', 'w499', 'w999']);
    const asked: number[] = [];
    const lost = new LostWrites(async (ids) => {
      asked.push(ids.length);
      return new Set(ids.filter((id) => !gone.has(id)));
    });
    lost.acknowledged(writeIds);
    const counts: (number | null)[] = [];
    for (let turn = 0; turn < 20; turn += 1) counts.push(await lost.count());
    assert.equal(counts[0], 1);
    assert.equal(counts.at(-1), 3);
    assert.ok(Math.max(...asked) <= 150);
  });

  it('are lost no longer when they are there again', async () => {
    let there = false;
    const lost = new LostWrites(async (ids) => new Set(there ? ids : []));
    lost.acknowledged(['a', 'b']);
    assert.equal(await lost.count(), 2);
    there = true;
    assert.equal(await lost.count(), 0);
  });
});
