import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { parseAccess } from './access-log.ts';

const line = (cache: string, origin: string) =>
  JSON.stringify({ path: '/assets/a.png', status: 200, bytes: 7, cache, origin });

describe("a line of the edge's log", () => {
  it('tells how the cache stood, and that the origin was not asked', () => {
    assert.deepEqual(parseAccess(line('HIT', '')), {
      ...{ path: '/assets/a.png', status: 200, bytes: 7 },
      ...{ cache: 'hit', originAnswered: undefined },
    });
    assert.equal(parseAccess(line('', '')).cache, 'none');
  });

  it('tells by the last try whether the origin answered', () => {
    const answered = ['200', '404', '504, 200', '502 : 200'].map((origin) => parseAccess(line('MISS', origin)));
    assert.ok(answered.every(({ originAnswered }) => originAnswered === true));
    const failed = ['503', '504, 502', '-'].map((origin) => parseAccess(line('STALE', origin)));
    assert.ok(failed.every(({ originAnswered }) => originAnswered === false));
  });
});
