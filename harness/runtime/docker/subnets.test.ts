import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { freeSubnets } from './subnets.ts';

describe('Free subnets', () => {
  const cidrs = (count: number, taken: readonly string[], random: number) =>
    freeSubnets(count, taken, () => random).map(({ cidr }) => cidr);

  it('follow each other from where the draw says', () => {
    assert.deepEqual(cidrs(3, [], 0), ['10.200.0.0/24', '10.200.1.0/24', '10.200.2.0/24']);
    assert.deepEqual(cidrs(2, [], 0.5), ['10.216.0.0/24', '10.216.1.0/24']);
  });

  it('overlap none that is taken, whatever its size', () => {
    assert.deepEqual(cidrs(2, ['10.200.0.0/24', '10.200.1.128/25'], 0), ['10.200.2.0/24', '10.200.3.0/24']);
    assert.deepEqual(cidrs(1, ['10.200.0.0/13'], 0), ['10.208.0.0/24']);
    assert.deepEqual(cidrs(1, ['fd00::/8', 'nonsense'], 0), ['10.200.0.0/24']);
  });

  it('begin again at the first when the last is reached', () => {
    assert.deepEqual(cidrs(2, [], 1 - 1e-9), ['10.231.255.0/24', '10.200.0.0/24']);
  });

  it('are fewer than asked for when the rest is taken', () => {
    assert.deepEqual(cidrs(2, ['10.192.0.0/12', '10.208.0.0/12', '10.224.0.0/13'], 0), []);
  });

  it('know their addresses', () => {
    const [subnet] = freeSubnets(1, [], () => 0);
    assert.deepEqual([subnet?.address(1), subnet?.address(10)], ['10.200.0.1', '10.200.0.10']);
  });
});
