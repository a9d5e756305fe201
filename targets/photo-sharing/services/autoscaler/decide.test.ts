import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { DOWN_WINDOW_MS, decide, type Memory, UP_COOL_DOWN_MS } from './decide.ts';

const LIMITS = { least: 2, most: 4 };
const START_MS = 1_000_000;
const AT_REST: Memory = { needs: [], changedAtMs: START_MS - 60_000 };

/** What is wanted after each second of a story: utilisation by the number of servers that serve. */
function wantedOver(
  story: readonly { serving: number; utilisation: number }[],
  memory: Memory = AT_REST,
): (number | null)[] {
  let remembered = memory;
  return story.map((seen, second) => {
    const decision = decide({ ...seen, atMs: START_MS + second * 1000 }, remembered, LIMITS);
    remembered = decision.memory;
    return decision.wanted;
  });
}

const times = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one);
const last = <T>(values: readonly T[]): T | undefined => values.at(-1);

describe('How many web servers there should be', () => {
  it('is as many as there are while their utilisation is near its target', () => {
    for (const utilisation of [0.55, 0.6, 0.65]) {
      assert.deepEqual(wantedOver(times(20, { serving: 3, utilisation })), times(20, 3));
    }
  });

  it('is at once as many as bring the utilisation to its target', () => {
    assert.deepEqual(wantedOver([{ serving: 2, utilisation: 0.8 }]), [3]);
    assert.deepEqual(wantedOver([{ serving: 2, utilisation: 1 }]), [4]);
  });

  it('is never more than the most, nor less than the least', () => {
    assert.deepEqual(wantedOver([{ serving: 4, utilisation: 1 }]), [4]);
    assert.equal(last(wantedOver(times(20, { serving: 2, utilisation: 0 }))), 2);
    assert.deepEqual(wantedOver([{ serving: 1, utilisation: 0 }]), [2]);
  });

  it('is not raised again before a server that was just added can have been measured', () => {
    const justChanged = { needs: [], changedAtMs: START_MS };
    const wanted = wantedOver(times(5, { serving: 3, utilisation: 1 }), justChanged);
    const coolFrom = UP_COOL_DOWN_MS / 1000;
    assert.deepEqual(wanted, [...times(coolFrom, 3), ...times(5 - coolFrom, 4)]);
  });

  it('is lowered when less was enough for a whole window', () => {
    const wanted = wantedOver(times(15, { serving: 4, utilisation: 0.25 }));
    const lowered = wanted.indexOf(2);
    assert.ok(lowered * 1000 > DOWN_WINDOW_MS, `lowered after ${lowered} s`);
    assert.ok(lowered < 13, `lowered after ${lowered} s`);
    assert.deepEqual(wanted.slice(0, lowered), times(lowered, 4));
  });

  it('is lowered no further than the busiest second of the window allows', () => {
    const story = [
      ...times(6, { serving: 4, utilisation: 0.1 }),
      { serving: 4, utilisation: 0.45 },
      ...times(6, { serving: 4, utilisation: 0.1 }),
    ];
    assert.equal(last(wantedOver(story)), 3);
  });

  it('is not lowered so soon after a change', () => {
    const justChanged = { needs: [], changedAtMs: START_MS - 1000 };
    assert.deepEqual(wantedOver(times(9, { serving: 4, utilisation: 0.1 }), justChanged), times(9, 4));
  });

  it('is not lowered right after a break in which nothing was measured', () => {
    const before = Array.from({ length: 20 }, (_, second) => ({ atMs: START_MS - 60_000 + second * 1000, servers: 2 }));
    const wanted = wantedOver(times(15, { serving: 3, utilisation: 0.1 }), { needs: before, changedAtMs: 0 });
    assert.deepEqual(wanted.slice(0, 10), times(10, 3));
    assert.equal(last(wanted), 2);
  });

  it('stays what it is after it was lowered: fewer servers are not too busy', () => {
    const four = { serving: 4, utilisation: 0.3 };
    assert.equal(last(wantedOver(times(20, four))), 2);
    assert.deepEqual(wantedOver(times(20, { serving: 2, utilisation: 0.6 })), times(20, 2));
  });

  it('is nothing while nothing was measured, and what was known is kept', () => {
    const memory = { needs: [{ atMs: START_MS, servers: 3 }], changedAtMs: 0 };
    assert.deepEqual(decide(null, memory, LIMITS), { wanted: null, memory });
  });
});
