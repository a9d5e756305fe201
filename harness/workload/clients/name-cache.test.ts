import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { SimulatedClock } from '../testing/simulated-clock.ts';
import { clientAddress, networkOf, parseSubnet } from './client-subnet.ts';
import { NameCache } from './name-cache.ts';
import type { NameAnswer } from './name-query.ts';

const EAST = '198.51.100.1';
const WEST = '198.51.100.2';

function cacheThat(answer: (network: string) => Partial<NameAnswer> | null) {
  const clock = new SimulatedClock();
  const asked: string[] = [];
  const cache = new NameCache({
    clock,
    async ask(network) {
      asked.push(network);
      const found = answer(network);
      if (found === null) throw new Error('no answer');
      return { addresses: [EAST], ttlMs: 1000, scopePrefixLength: 28, ...found };
    },
  });
  return { cache, clock, asked };
}

describe('Name cache', () => {
  it('asks for the network of a client, and serves its neighbours from that until the answer is outdated', async () => {
    const { cache, clock, asked } = cacheThat(() => ({}));
    assert.deepEqual(await cache.resolve('203.0.113.70'), [EAST]);
    assert.deepEqual(await cache.resolve('203.0.113.65'), [EAST]);
    assert.deepEqual(asked, ['203.0.113.64/28']);
    await cache.resolve('203.0.113.80');
    assert.deepEqual(asked, ['203.0.113.64/28', '203.0.113.80/28']);
    clock.advance(999);
    await cache.resolve('203.0.113.70');
    assert.equal(asked.length, 2);
    clock.advance(1);
    await cache.resolve('203.0.113.65');
    assert.deepEqual(asked.slice(2), ['203.0.113.64/28']);
  });

  it('serves everybody from an answer that is scoped to everybody', async () => {
    const { cache, asked } = cacheThat(() => ({ scopePrefixLength: 0 }));
    await cache.resolve('203.0.113.70');
    await cache.resolve('203.0.113.200');
    assert.equal(asked.length, 1);
  });

  it('asks more closely where the server tells neighbours apart', async () => {
    const { cache, asked } = cacheThat((network) => ({
      scopePrefixLength: 32,
      addresses: [network === '203.0.113.65/32' ? EAST : WEST],
    }));
    assert.deepEqual(await cache.resolve('203.0.113.65'), [EAST]);
    assert.deepEqual(await cache.resolve('203.0.113.66'), [WEST]);
    assert.deepEqual(await cache.resolve('203.0.113.65'), [EAST]);
    assert.deepEqual(asked, ['203.0.113.64/28', '203.0.113.65/32', '203.0.113.64/28', '203.0.113.66/32']);
  });

  it('asks once for those who want to know at the same time', async () => {
    const { cache, clock, asked } = cacheThat(() => ({}));
    await cache.resolve('203.0.113.70');
    clock.advance(1000);
    await Promise.all(['203.0.113.70', '203.0.113.71', '203.0.113.72'].map((client) => cache.resolve(client)));
    assert.equal(asked.length, 2);
  });

  it('uses an outdated answer when the server fails, and asks again after a second', async () => {
    let failing = false;
    const { cache, clock, asked } = cacheThat(() => (failing ? null : {}));
    await cache.resolve('203.0.113.70');
    failing = true;
    clock.advance(1000);
    assert.deepEqual(await cache.resolve('203.0.113.70'), [EAST]);
    assert.deepEqual(await cache.resolve('203.0.113.70'), [EAST]);
    assert.equal(asked.length, 2);
    clock.advance(1000);
    await cache.resolve('203.0.113.70');
    assert.equal(asked.length, 3);
  });

  it('knows no address when there never was an answer', async () => {
    const { cache } = cacheThat(() => null);
    assert.deepEqual(await cache.resolve('203.0.113.70'), []);
  });

  it('follows a server that changes its mind on the scope', async () => {
    let scopePrefixLength = 32;
    const { cache, clock, asked } = cacheThat(() => ({ scopePrefixLength }));
    await cache.resolve('203.0.113.70');
    scopePrefixLength = 24;
    clock.advance(1000);
    await cache.resolve('203.0.113.70');
    await cache.resolve('203.0.113.70');
    await cache.resolve('203.0.113.7');
    assert.equal(asked.length, 3);
  });
});

describe('Client subnet', () => {
  it('spreads clients evenly over the whole subnet, each at one place for ever', () => {
    const subnet = parseSubnet('203.0.113.128/25');
    const addresses = [0, 1, 2, 3].map((position) => clientAddress(subnet, position, 4));
    assert.deepEqual(addresses, ['203.0.113.128', '203.0.113.160', '203.0.113.192', '203.0.113.224']);
  });

  it('has room for more clients than addresses', () => {
    const subnet = parseSubnet('203.0.113.0/30');
    const addresses = Array.from({ length: 8 }, (_, position) => clientAddress(subnet, position, 8));
    assert.deepEqual(new Set(addresses), new Set([0, 1, 2, 3].map((host) => `203.0.113.${host}`)));
  });

  it('names the network of an address', () => {
    assert.equal(networkOf('203.0.113.77', 28), '203.0.113.64/28');
    assert.equal(networkOf('203.0.113.77', 0), '0.0.0.0/0');
    assert.equal(networkOf('203.0.113.77', 32), '203.0.113.77/32');
  });

  it('is refused when it is none', () => {
    for (const text of ['203.0.113.0', '203.0.113.0/33', '203.0.113/24', '203.0.113.256/24', 'fd00::/64']) {
      const message = `expected an IPv4 subnet like 203.0.113.0/25, got "${text}"`;
      assert.throws(() => parseSubnet(text), { code: 'bad-subnet', message });
    }
  });
});
