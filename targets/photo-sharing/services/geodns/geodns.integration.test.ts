import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, afterEach, before, describe, it } from 'mocha';
import { addressesOf, askTcp, askUdp, encodeQuestion, scopeOf } from '../testing/dns-client.ts';
import { eventually } from '../testing/poll.ts';
import type { Program } from '../testing/programs.ts';
import { Relay } from '../testing/relay.ts';
import { servingLine, startService } from '../testing/service.ts';

const EAST = '198.51.100.1';
const WEST = '198.51.100.2';
const EASTERN_CLIENT = '203.0.113.9/32';
const WESTERN_CLIENT = '203.0.113.200/32';

describe('the geographic name server', function () {
  this.timeout(60_000);
  let entry: Server;
  let east: Relay;
  let west: Relay;
  let program: Program;
  let port: number;
  let metricsUrl: string;
  let westStatus = 200;

  const start = async (environment: Record<string, string> = {}) => {
    program = startService('geodns', {
      FAULTLINE_NODE: 'geodns.edge',
      FAULTLINE_ZONE: 'edge',
      DNS_LISTEN: '127.0.0.1:0',
      METRICS_LISTEN: '127.0.0.1:0',
      DATACENTERS: `us-east=${EAST},us-west=${WEST}`,
      REGIONS: 'us-east=203.0.113.0/25,us-west=203.0.113.128/25',
      HEALTH_us_east: `127.0.0.1:${east.port}`,
      HEALTH_us_west: `127.0.0.1:${west.port}`,
      ...environment,
    });
    const line = await servingLine(program);
    port = Number(line.dnsPort);
    metricsUrl = `http://127.0.0.1:${(line.metricsAddress as AddressInfo).port}`;
  };
  const answerFor = async (subnet: string) => addressesOf(await askUdp(port, encodeQuestion({ subnet })));
  const until = (subnet: string, address: string) =>
    eventually(`${subnet} to be sent to ${address}`, async () =>
      (await answerFor(subnet))[0] === address ? true : undefined,
    );
  const events = () =>
    program.lines.filter(({ event }) => event !== undefined).map(({ event, datacenter }) => `${event} ${datacenter}`);
  const metrics = async () => await (await fetch(`${metricsUrl}/metrics`)).text();

  before(async () => {
    // An entry that is healthy: what is under test is how its silence and its refusals are judged.
    entry = createServer((request, response) => {
      const isWest = request.socket.localPort !== undefined && request.headers.host === `127.0.0.1:${west.port}`;
      response.writeHead(isWest ? westStatus : 200).end();
    });
    entry.listen(0, '127.0.0.1');
    await once(entry, 'listening');
    const target = (entry.address() as AddressInfo).port;
    [east, west] = await Promise.all([Relay.to(target), Relay.to(target)]);
  });

  afterEach(async () => {
    await program?.stop();
    westStatus = 200;
    west.restore();
    east.restore();
  });

  after(() => {
    east?.close();
    west?.close();
    entry?.close();
    entry?.closeAllConnections();
  });

  it('answers each client subnet with its own datacenter, over UDP and TCP', async () => {
    await start();
    const response = await askUdp(port, encodeQuestion({ subnet: EASTERN_CLIENT, id: 99 }));
    assert.deepEqual(
      [response.id, response.rcode, response.flag_aa, response.flag_rd, response.flag_tc, addressesOf(response)],
      [99, 'NOERROR', true, true, false, [EAST]],
    );
    assert.deepEqual([scopeOf(response), response.answers?.map((each) => 'ttl' in each && each.ttl)], [32, [1]]);
    const both = [EASTERN_CLIENT, WESTERN_CLIENT].map((subnet) => encodeQuestion({ subnet }));
    assert.deepEqual((await askTcp(port, both)).map(addressesOf), [[EAST], [WEST]]);
    const half = await askUdp(port, encodeQuestion({ subnet: '203.0.113.128/25' }));
    assert.deepEqual([addressesOf(half), scopeOf(half)], [[WEST], 25]);
  });

  it('answers what it does not have as DNS wants it', async () => {
    await start();
    const ask = async (message: Buffer) => {
      const { rcode, answers, authorities } = await askUdp(port, message);
      return [rcode, answers?.length, authorities?.map(({ type }) => type)];
    };
    assert.deepEqual(await ask(encodeQuestion({ type: 'AAAA' })), ['NOERROR', 0, ['SOA']]);
    assert.deepEqual(await ask(encodeQuestion({ name: 'PHOTOS.Example' })), ['NOERROR', 1, []]);
    assert.deepEqual(await ask(encodeQuestion({ name: 'x.photos.example' })), ['NXDOMAIN', 0, ['SOA']]);
    assert.deepEqual(await ask(encodeQuestion({ name: 'elsewhere.test' })), ['REFUSED', 0, []]);
    const status = encodeQuestion();
    status.writeUInt16BE(2 << 11, 2);
    assert.deepEqual(await ask(status), ['NOTIMP', 0, []]);
    assert.deepEqual(await ask(encodeQuestion().subarray(0, 20)), ['FORMERR', 0, []]);
    // Answers are never answered: the next question still is.
    const reply = encodeQuestion();
    reply.writeUInt16BE(0x8000, 2);
    await assert.rejects(askTcp(port, [reply]));
    assert.deepEqual(await ask(encodeQuestion()), ['NOERROR', 1, []]);
  });

  it('answers everybody alike for a name that has one address, whatever datacenter is theirs', async () => {
    await start({ HOSTS: 'cdn.photos.example=198.51.100.3' });
    const name = 'CDN.photos.example';
    for (const subnet of [EASTERN_CLIENT, WESTERN_CLIENT]) {
      const response = await askUdp(port, encodeQuestion({ name, subnet }));
      assert.deepEqual([addressesOf(response), scopeOf(response)], [['198.51.100.3'], 0]);
    }
    const { rcode, answers, authorities } = await askUdp(port, encodeQuestion({ name, type: 'AAAA' }));
    assert.deepEqual([rcode, answers?.length, authorities?.map(({ type }) => type)], ['NOERROR', 0, ['SOA']]);
  });

  it('sends everybody to the healthy datacenter when the other falls silent, and back when it answers', async () => {
    await start();
    west.silence();
    await until(WESTERN_CLIENT, EAST);
    assert.deepEqual(await answerFor(EASTERN_CLIENT), [EAST]);
    assert.match(await metrics(), /geodns_datacenter_up\{datacenter="us-west"\} 0/);
    west.restore();
    await until(WESTERN_CLIENT, WEST);
    assert.deepEqual(
      events().filter((event) => event.endsWith('us-west')),
      ['datacenter-down us-west', 'datacenter-up us-west'],
    );
    assert.match(await metrics(), /geodns_datacenter_up\{datacenter="us-west"\} 1/);
  });

  it('takes an unhealthy answer as down, and with all down keeps to the own datacenter', async () => {
    await start();
    westStatus = 503;
    await until(WESTERN_CLIENT, EAST);
    east.silence();
    await until(WESTERN_CLIENT, WEST);
    assert.deepEqual(await answerFor(EASTERN_CLIENT), [EAST]);
    const state = (await (await fetch(`${metricsUrl}/state`)).json()) as {
      datacenters: Record<string, { up: boolean; lastFailure: string }>;
    };
    assert.deepEqual(
      [state.datacenters['us-west']?.up, state.datacenters['us-west']?.lastFailure],
      [false, 'status 503'],
    );
  });

  it('moves as many subnets as the share says', async () => {
    await start({ SHARE_EAST: '75' });
    assert.deepEqual(await answerFor('203.0.113.191/32'), [EAST]);
    assert.deepEqual(await answerFor('203.0.113.192/32'), [WEST]);
  });

  it('as the mutant without health checks goes on sending clients to a dead datacenter', async () => {
    await start({ FAULTLINE_MUTANT: 'geodns-without-health-checks', HEALTH_us_west: '127.0.0.1:1' });
    assert.deepEqual(await answerFor(WESTERN_CLIENT), [WEST]);
    assert.doesNotMatch(await metrics(), /geodns_health_checks_total\{/);
    assert.deepEqual(events(), []);
  });

  it('refuses to start with all that is wrong in its settings, and with a taken port', async () => {
    const broken = startService('geodns', {
      DNS_LISTEN: 'here',
      DATACENTERS: 'us-east',
      HOSTS: 'cdn.photos.example',
      FAULTLINE_NODE: 'geodns.edge',
    });
    assert.equal(await broken.exited, 1);
    for (const problem of [
      "DNS_LISTEN: expected host:port, but it is 'here'",
      'METRICS_LISTEN: expected host:port, but it is not set',
      "HOSTS: expected name=IPv4 address,..., but it is 'cdn.photos.example'",
      "DATACENTERS: expected name=IPv4 address,..., but it is 'us-east'",
      'FAULTLINE_ZONE: expected a value, but it is not set',
    ]) {
      assert.ok(broken.output.includes(problem), `${problem} in ${broken.output}`);
    }
    await start();
    const first = program;
    const taken = `127.0.0.1:${port}`;
    await assert.rejects(start({ DNS_LISTEN: taken }), /EADDRINUSE/);
    await first.stop();
  });

  it('leaves with code 0 on SIGTERM', async () => {
    await start();
    assert.equal(await program.stop('SIGTERM'), 0);
  });
});
