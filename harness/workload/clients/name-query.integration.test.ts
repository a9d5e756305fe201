import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { seededRandom } from '../../base/random.ts';
import { startNameServer, type TestNameServer } from '../testing/name-server.ts';
import { NameServerConnection } from './name-query.ts';

const EAST = '198.51.100.1';

describe('Name queries', function () {
  this.timeout(10_000);
  let server: TestNameServer;
  let connection: NameServerConnection;

  beforeEach(async () => {
    server = await startNameServer(() => ({ addresses: [EAST, '198.51.100.2'], ttlSeconds: 3, scopePrefixLength: 25 }));
    const [host = '', port] = server.address.split(':');
    connection = new NameServerConnection({ host, port: Number(port) }, seededRandom(1));
  });
  afterEach(async () => {
    connection.close();
    await server.close();
  });

  const ask = (host = 64) => connection.ask({ name: 'photos.example', clientNetwork: `203.0.113.${host}/28` });

  it('carry the client subnet, and bring back addresses, time to live and scope', async () => {
    assert.deepEqual(await ask(), { addresses: [EAST, '198.51.100.2'], ttlMs: 3000, scopePrefixLength: 25 });
    assert.deepEqual(server.asked, ['203.0.113.64/28']);
  });

  it('may overlap, and each gets its own answer', async () => {
    server.reply = (network) => ({ addresses: [`198.51.100.${network.split(/[./]/)[3]}`], ttlSeconds: 1 });
    const hosts = Array.from({ length: 16 }, (_, index) => index * 16);
    const answers = await Promise.all(hosts.map((host) => ask(host)));
    assert.deepEqual(
      answers.map(({ addresses }) => addresses[0]),
      hosts.map((host) => `198.51.100.${host}`),
    );
  });

  it('go over TCP when the answer was cut short', async () => {
    server.reply = () => ({ truncated: { addresses: [EAST], ttlSeconds: 1 } });
    assert.deepEqual((await ask()).addresses, [EAST]);
    assert.equal(server.asked.length, 2);
  });

  it('go over TCP alone when told to', async () => {
    server.reply = () => ({ truncated: { addresses: [EAST], ttlSeconds: 1 } });
    const [host = '', port] = server.address.split(':');
    const overTcp = new NameServerConnection({ host, port: Number(port) }, seededRandom(1), 'tcp');
    try {
      const { addresses } = await overTcp.ask({ name: 'photos.example', clientNetwork: '203.0.113.64/28' });
      assert.deepEqual(addresses, [EAST]);
      assert.equal(server.asked.length, 1);
    } finally {
      overTcp.close();
    }
  });

  it('are repeated once when nothing is heard', async () => {
    server.reply = () => (server.asked.length === 1 ? null : { addresses: [EAST], ttlSeconds: 1 });
    assert.deepEqual((await ask()).addresses, [EAST]);
    server.reply = () => null;
    await assert.rejects(ask(), {
      message: 'photos.example was not resolved for 203.0.113.64/28: no answer to 2 queries of 500 ms',
    });
    assert.equal(server.asked.length, 4);
  });

  it('say what the server answered instead of addresses', async () => {
    server.reply = () => ({ code: 3 });
    await assert.rejects(ask(), { message: 'photos.example was not resolved for 203.0.113.64/28: response code 3' });
    server.reply = () => ({ addresses: [], ttlSeconds: 1 });
    await assert.rejects(ask(), {
      message: 'photos.example was not resolved for 203.0.113.64/28: an answer without addresses',
    });
  });
});
