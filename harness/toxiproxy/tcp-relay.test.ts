import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { seededRandom } from '../base/random.ts';
import { EventHub } from './events.ts';
import type { RelayCounters } from './relay.ts';
import { systemScheduler } from './scheduler.ts';
import { TcpRelay } from './tcp-relay.ts';
import { Upstream } from './testing/fixture.ts';
import { dial, type Peer } from './testing/peer.ts';

describe('the listener of a TCP proxy', function () {
  this.timeout(30_000);
  let upstream: Upstream;
  let relay: TcpRelay;
  let counters: RelayCounters;
  let clients: Peer[];
  beforeEach(async () => {
    upstream = await Upstream.start();
    clients = [];
    const bytes = () => ({ receivedBytes: 0, sentBytes: 0 });
    counters = {
      bytes: { upstream: bytes(), downstream: bytes() },
      openConnections: 0,
      acceptedConnections: 0,
      failedDials: 0,
      refusedConnections: 0,
    };
    const host = {
      name: 'edge',
      scheduler: systemScheduler,
      random: seededRandom(1),
      events: new EventHub(),
      counters,
      toxics: [],
      upstreamAddress: () => ({ host: '127.0.0.1', port: upstream.port }),
      delayed: () => {},
    };
    relay = new TcpRelay(host, { connectionsMax: 2 });
  });
  afterEach(async () => {
    relay.stop();
    for (const { socket } of clients) socket.destroy();
    await upstream.stop();
  });

  it('drops connections above its limit as they come, counts them, and takes new ones when there is room again', async () => {
    const { port } = await relay.listen({ host: '127.0.0.1', port: 0 });
    const connect = async () => {
      const client = await dial(port);
      clients.push(client);
      return client;
    };
    const [first] = [await connect(), await connect()];
    await upstream.peer(1);
    const dropped = await connect();
    await dropped.until('the end', () => dropped.ending !== 'open');
    assert.deepEqual([counters.acceptedConnections, counters.refusedConnections], [2, 1]);

    first.socket.end();
    await first.until('the first to be forgotten', () => counters.openConnections === 1);
    const next = await connect();
    next.write('room again');
    await (await upstream.peer(2)).untilText('room again');
  });
});
