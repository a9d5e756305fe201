import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { Traffic } from './traffic.ts';

const asset = (path: string, bytes: number, status = 200) => ({ path, bytes, status });

describe('what assets cost', () => {
  it('is told for those that cost most, and the rest together', () => {
    const traffic = new Traffic();
    for (const one of [asset('/a', 10), asset('/b', 50), asset('/a', 10), asset('/c', 5)]) traffic.add(one);
    assert.deepEqual(traffic.heaviest(2), {
      assets: [
        { path: '/b', requests: 1, bytes: 50 },
        { path: '/a', requests: 2, bytes: 20 },
      ],
      otherBytes: 5,
    });
  });

  it('takes no address for an asset that was never given, and does not grow with what comes', () => {
    const traffic = new Traffic(2);
    for (const one of [asset('/made-up', 3, 404), asset('/a', 1), asset('/b', 1), asset('/c', 4), asset('/a', 1)]) {
      traffic.add(one);
    }
    const { assets, otherBytes } = traffic.heaviest(10);
    assert.deepEqual([assets.map(({ path }) => path), otherBytes], [['/a', '/b'], 7]);
  });
});
