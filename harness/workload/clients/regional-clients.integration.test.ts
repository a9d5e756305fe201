import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'mocha';
import { systemClock } from '../../base/clock.ts';
import { seededRandom } from '../../base/random.ts';
import type { ClientRequest } from '../../model/workload.ts';
import { addressOf } from '../generator/plan.ts';
import { startNameServer, type TestNameServer } from '../testing/name-server.ts';
import { type NoteSite, startNoteSite } from '../testing/note-site.ts';
import { startTrace } from '../tracing/trace.ts';
import { RegionalClients } from './regional-clients.ts';

/** What the name server answers for each name, and the zone that each address leads to. */
const ADDRESSES: Readonly<Record<string, string>> = { 'notes.example': '198.51.100.1', 'cdn.example': '198.51.100.3' };
const ZONES = { '198.51.100.1': 'us-east', '198.51.100.3': 'edge' };

describe('Clients of a region', function () {
  this.timeout(10_000);
  let site: NoteSite;
  let elsewhere: NoteSite;
  let names: TestNameServer;
  let clients: RegionalClients;

  before(async () => {
    [site, elsewhere] = await Promise.all([startNoteSite(), startNoteSite()]);
    names = await startNameServer((_, name) => {
      const address = ADDRESSES[name];
      return address === undefined ? { code: 5 } : { addresses: [address], ttlSeconds: 60, scopePrefixLength: 0 };
    });
    clients = new RegionalClients({
      ...{ siteName: 'notes.example', resolver: addressOf(names.address), resolverTransport: 'udp' },
      ...{ entryAddresses: ZONES, clock: systemClock, random: seededRandom(1) },
      entries: { 'us-east': addressOf(site.address), edge: addressOf(elsewhere.address) },
    });
  });
  afterEach(() => {
    elsewhere.mood = 'serve';
  });
  after(async () => {
    await Promise.allSettled([clients?.close(), site?.die(), elsewhere?.die(), names?.close()]);
  });

  const get = async (request: Partial<ClientRequest> = {}, timeoutMs = 5000) => {
    const options = { clientAddress: '203.0.113.9', writeId: 'w1', trace: startTrace(), timeoutMs };
    return await clients.httpFor(options).request({ method: 'GET', path: '/note', ...request });
  };

  it('go to the site unless a request names another host, and resolve that in the same way', async () => {
    const [own, other] = await Promise.all([get(), get({ host: 'cdn.example' })]);
    assert.deepEqual(
      [own, other].map(({ status, datacenter, headers }) => [status, datacenter, headers['x-served-by']]),
      [
        [200, 'us-east', `site:${addressOf(site.address).port}`],
        [200, 'edge', `site:${addressOf(elsewhere.address).port}`],
      ],
    );
    const asked = names.asked.length;
    await Promise.all([get(), get({ host: 'cdn.example' })]);
    assert.equal(names.asked.length, asked, 'each name has its own cached answer');
  });

  it('know no address of a host that does not exist', async () => {
    const { status, error, maybeSent } = await get({ host: 'nowhere.example' });
    assert.deepEqual([status, error, maybeSent], [0, 'no-address', false]);
  });

  it('give up on a request after its own limit, and on all after that of the operation', async () => {
    elsewhere.mood = 'hang';
    const startMs = performance.now();
    assert.equal((await get({ host: 'cdn.example', timeoutMs: 100 })).error, 'timeout');
    assert.equal((await get({ host: 'cdn.example', timeoutMs: 4000 }, 100)).error, 'timeout');
    assert.ok(performance.now() - startMs < 4000);
  });
});
