import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, describe, it } from 'mocha';
import { claimPorts, LOOPBACK, type PortClaim } from './ports.ts';

const BLOCKS = 512;
/** Two blocks for this process, above those that runs take, which start from the bottom. */
const FIRST = 16_384 + (process.pid % 31) * BLOCKS;
const RANGE = { from: FIRST, to: FIRST + BLOCKS - 1 };

describe('Claiming ports', () => {
  const cleanUps: (() => unknown)[] = [];
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  });
  const claim = async (count: number): Promise<PortClaim> => {
    const claimed = await claimPorts(count, RANGE);
    cleanUps.push(() => claimed.release());
    return claimed;
  };
  const holdTcp = async (port: number) => {
    const server = createServer().listen(port, LOOPBACK);
    cleanUps.push(() => server.close());
    await once(server, 'listening');
  };

  it('gives free ports in ascending order, within the range', async () => {
    const { ports } = await claim(40);
    assert.ok(ports.length >= 40);
    assert.deepEqual(
      [...ports].sort((a, b) => a - b),
      ports,
    );
    assert.ok(ports.every((port) => port > RANGE.from && port <= RANGE.to));
  });

  it('gives two claims at once different ports', async () => {
    const [first, second] = await Promise.all([claim(30), claim(30)]);
    assert.deepEqual(
      first.ports.filter((port) => second.ports.includes(port)),
      [],
    );
  });

  it('skips ports that somebody else uses, for TCP or for UDP', async () => {
    await holdTcp(RANGE.from + 3);
    const datagrams = createSocket('udp4').bind(RANGE.from + 5, LOOPBACK);
    cleanUps.push(() => datagrams.close());
    await once(datagrams, 'listening');
    const { ports } = await claim(20);
    assert.deepEqual(
      [1, 2, 3, 4, 5, 6].filter((offset) => ports.includes(RANGE.from + offset)),
      [1, 2, 4, 6],
    );
  });

  it('can be claimed again once they are released', async () => {
    const first = await claim(10);
    await first.release();
    const second = await claim(10);
    assert.deepEqual(second.ports, first.ports);
  });

  it('spans several blocks when one is too small', async () => {
    const { ports } = await claim(300);
    assert.equal(new Set(ports).size, ports.length);
    assert.ok(ports.length >= 300);
  });

  it('names a taken port and who holds it when there is no room', async function () {
    if (process.platform !== 'linux') this.skip();
    await holdTcp(RANGE.from);
    await assert.rejects(claim(300), {
      code: 'no-free-ports',
      exitCode: 4,
      message: new RegExp(
        `^Found no 300 free ports on 127\\.0\\.0\\.1 between ${RANGE.from} and ${RANGE.to}; port ${FIRST} is taken by \\S+ \\(process ${process.pid}\\)$`,
      ),
    });
  });
});
