import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { pollUntil } from '../base/poll.ts';
import { Fixture } from './testing/fixture.ts';
import { PATIENCE_MS } from './testing/peer.ts';

describe('metrics', function () {
  this.timeout(30_000);
  let fixture: Fixture;
  beforeEach(async () => {
    fixture = await Fixture.start({ metrics: true });
  });
  afterEach(() => fixture.stop());

  const page = async () => (await fixture.request('GET', '/metrics')).text;
  const labelsOf = (port: number, upstream = fixture.upstream.address) =>
    `listener="127.0.0.1:${port}",proxy="edge",upstream="${upstream}"`;

  /** Connections are counted when the kernel hands them over, which may be after the client's dial: so it polls. */
  const untilPageHas = (...lines: string[]) =>
    pollUntil(
      async () => {
        const text = await page();
        const missing = lines.filter((line) => !text.includes(`${line}\n`));
        return missing.length === 0 ? { done: true, value: undefined } : { done: false, seen: text };
      },
      { subject: lines.join(' and '), timeoutMs: PATIENCE_MS, intervalMs: 5 },
    );

  it('are live and have the names of the original', async () => {
    const port = await fixture.createProxy();
    const { client, server } = await fixture.dialThrough(port);
    client.write('12345');
    await server.untilText('12345');
    const { headers } = await fixture.request('GET', '/metrics');
    assert.match(headers.get('content-type') ?? '', /^text\/plain/);
    await untilPageHas(
      `toxiproxy_proxy_received_bytes_total{direction="upstream",${labelsOf(port)}} 5`,
      `toxiproxy_proxy_sent_bytes_total{direction="upstream",${labelsOf(port)}} 5`,
      `toxiproxy_proxy_received_bytes_total{direction="downstream",${labelsOf(port)}} 0`,
      `toxiproxy_proxy_sent_bytes_total{direction="downstream",${labelsOf(port)}} 0`,
    );
    assert.equal(client.ending, 'open');
  });

  it('count connections that are open, all there ever were, and those that were refused by a toxic', async () => {
    const port = await fixture.createProxy();
    const first = await fixture.dialThrough(port);
    await fixture.dialThrough(port);
    await untilPageHas(
      `toxiproxy_proxy_connections_open{${labelsOf(port)}} 2`,
      `toxiproxy_proxy_connections_total{${labelsOf(port)}} 2`,
      `toxiproxy_proxy_connections_refused_total{${labelsOf(port)}} 0`,
    );
    first.client.socket.end();
    await fixture.addToxic({ type: 'fail_first', attributes: { connections: 1 } });
    await (await fixture.dial(port)).untilEnded('reset');
    await untilPageHas(
      `toxiproxy_proxy_connections_open{${labelsOf(port)}} 1`,
      `toxiproxy_proxy_connections_total{${labelsOf(port)}} 3`,
      `toxiproxy_proxy_connections_refused_total{${labelsOf(port)}} 1`,
      `toxiproxy_proxy_dials_failed_total{${labelsOf(port)}} 0`,
    );
  });

  it('count dials that fail', async () => {
    const port = await fixture.createProxy('edge', { upstream: '127.0.0.1:1' });
    await (await fixture.dial(port)).untilEnded('fin');
    await untilPageHas(
      `toxiproxy_proxy_dials_failed_total{${labelsOf(port, '127.0.0.1:1')}} 1`,
      `toxiproxy_proxy_connections_refused_total{${labelsOf(port, '127.0.0.1:1')}} 1`,
    );
  });

  it('show how many toxics are on a stream now', async () => {
    const port = await fixture.createProxy();
    const toxics = (direction: string, count: number) =>
      `toxiproxy_proxy_toxics{direction="${direction}",${labelsOf(port)}} ${count}`;
    await untilPageHas(toxics('upstream', 0), toxics('downstream', 0));
    await fixture.addToxic({ type: 'noop', name: 'a', stream: 'upstream' });
    await fixture.addToxic({ type: 'noop', name: 'b', stream: 'upstream' });
    await untilPageHas(toxics('upstream', 2), toxics('downstream', 0));
    await fixture.request('DELETE', '/proxies/edge/toxics/a');
    await untilPageHas(toxics('upstream', 1));
  });

  it('show how long toxics held the data, as a histogram by direction', async () => {
    const port = await fixture.createProxy();
    await fixture.addToxic({ type: 'latency', stream: 'upstream', attributes: { latency: 30 } });
    const { client, server } = await fixture.dialThrough(port);
    client.write('12345');
    await server.untilText('12345');
    const delay = 'toxiproxy_toxic_delay_seconds';
    await untilPageHas(
      `${delay}_count{direction="upstream",proxy="edge"} 1`,
      `${delay}_bucket{le="0.02",direction="upstream",proxy="edge"} 0`,
      `${delay}_bucket{le="+Inf",direction="upstream",proxy="edge"} 1`,
    );
    const sum = /toxiproxy_toxic_delay_seconds_sum\{direction="upstream",proxy="edge"\} ([\d.]+)/.exec(
      await page(),
    )?.[1];
    assert.ok(Number(sum) >= 0.03, sum);
  });

  it('show that toxics see chunks of at most 32 KiB', async () => {
    const port = await fixture.createProxy();
    await fixture.addToxic({ type: 'latency', attributes: { latency: 1 } });
    const { client, server } = await fixture.dialThrough(port);
    server.write(Buffer.alloc(1_000_000));
    await client.untilBytes(1_000_000);
    const count = /delay_seconds_count\{direction="downstream",proxy="edge"\} (\d+)/.exec(await page())?.[1];
    assert.ok(Number(count) >= 1_000_000 / (32 * 1024), String(count));
  });

  it('forget a proxy that is deleted', async () => {
    await fixture.createProxy();
    assert.match(await page(), /proxy="edge"/);
    await fixture.request('DELETE', '/proxies/edge');
    assert.doesNotMatch(await page(), /proxy="edge"/);
  });
});
