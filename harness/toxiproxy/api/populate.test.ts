import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { type Answer, Fixture, type ProxyJson } from '../testing/fixture.ts';

interface Populated {
  proxies: ProxyJson[];
}

describe('populate', function () {
  this.timeout(30_000);
  let fixture: Fixture;
  beforeEach(async () => {
    fixture = await Fixture.start();
  });
  afterEach(() => fixture.stop());

  const request = (method: string, path: string, body?: unknown) => fixture.request(method, path, body);
  const populate = (body: unknown) => request('POST', '/populate', body);
  const edge = (more: object = {}) => ({ name: 'edge', listen: '127.0.0.1:0', upstream: '127.0.0.1:9', ...more });
  const names = (answer: Answer) => answer.json<Populated>().proxies.map(({ name }) => name);
  const pick = ({ listen, enabled }: ProxyJson) => ({ listen, enabled });

  it('answers with the proxies in the order of the request', async () => {
    const answer = await populate([edge({ name: 'b' }), edge({ name: 'a' })]);
    assert.equal(answer.status, 201);
    assert.deepEqual(names(answer), ['b', 'a']);
    assert.ok(!answer.text.endsWith('\n'));
  });

  for (const body of ['[]', 'null']) {
    it(`answers ${body} with null`, async () => {
      const answer = await populate(body);
      assert.deepEqual([answer.status, answer.text], [201, '{"proxies":null}']);
    });
  }

  for (const [field, body] of [
    ['name', [edge(), {}]],
    ['name', [edge(), null]],
    ['upstream', [edge(), { name: 'b' }]],
  ] as const) {
    it(`checks every ${field} first and creates nothing: ${JSON.stringify(body[1])}`, async () => {
      const answer = await populate(body);
      const error = `missing required field: ${field} at proxy 2`;
      assert.equal(answer.text, `{"error":"${error}","status":400,"proxies":null}`);
      assert.deepEqual([answer.status, answer.headers.get('content-type')], [400, 'application/json']);
      assert.equal((await request('GET', '/proxies')).text, '{}');
    });
  }

  it('refuses what is no list', async () => {
    for (const body of ['{}', '5', '']) {
      const answer = await populate(body);
      assert.match(answer.text, /^\{"error":"bad request body: .*","status":400,"proxies":null\}$/);
    }
  });

  it('keeps a proxy that listens and leads there already, with toxics, connections and its enabled state', async () => {
    const port = await fixture.createProxy();
    await fixture.addToxic({ type: 'noop' });
    const { client, server } = await fixture.dialThrough(port);
    const same = { name: 'edge', listen: `localhost:${port}`, upstream: fixture.upstream.address };
    assert.match((await populate([same])).text, /noop_downstream/);
    client.write('x');
    await server.untilText('x');
    await request('POST', '/proxies/edge', { enabled: false });
    assert.deepEqual(pick((await populate([same])).json<Populated>().proxies[0]!), {
      listen: `127.0.0.1:${port}`,
      enabled: false,
    });
  });

  it('replaces one that differs, port 0 always, and loses its toxics; others are untouched', async () => {
    const port = await fixture.createProxy();
    await fixture.createProxy('other');
    await fixture.addToxic({ type: 'noop' });
    const { client } = await fixture.dialThrough(port);
    const answer = await populate([{ name: 'edge', listen: '127.0.0.1:0', upstream: fixture.upstream.address }]);
    assert.doesNotMatch(answer.text, /noop/);
    await client.untilEnded('fin');
    assert.equal((await request('GET', '/proxies/other')).status, 200);
  });

  it('stops at the first failure and lists what was made before', async () => {
    const answer = await populate([edge({ name: 'a' }), edge({ name: 'b', listen: 'x' }), edge({ name: 'c' })]);
    const { error, status, proxies } = answer.json<Populated & { error: string; status: number }>();
    assert.deepEqual([answer.status, status], [500, 500]);
    assert.equal(error, 'listen tcp: address x: missing port in address');
    assert.deepEqual(
      proxies.map(({ name }) => name),
      ['a'],
    );
    assert.deepEqual(Object.keys((await request('GET', '/proxies')).json<object>()), ['a']);
  });

  it('replaces one whose upstream differs in words only', async () => {
    const port = await fixture.createProxy();
    await fixture.addToxic({ type: 'noop' });
    const upstream = fixture.upstream.address.replace('127.0.0.1', 'localhost');
    const answer = await populate([{ name: 'edge', listen: `127.0.0.1:${port}`, upstream }]);
    assert.deepEqual(answer.json<Populated>().proxies[0]?.toxics, []);
  });
});
