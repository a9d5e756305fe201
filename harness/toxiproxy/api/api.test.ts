import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { type Answer, Fixture, type ProxyJson } from '../testing/fixture.ts';

describe('the HTTP API', function () {
  this.timeout(30_000);
  let fixture: Fixture;
  beforeEach(async () => {
    fixture = await Fixture.start();
  });
  afterEach(() => fixture.stop());

  const request = (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
    fixture.request(method, path, body, headers);
  const edge = (more: object = {}) => ({ name: 'edge', listen: '127.0.0.1:0', upstream: '127.0.0.1:9', ...more });

  const expectError = (answer: Answer, status: number, message: string) => {
    assert.equal(answer.text, `${JSON.stringify({ error: message, status })}\n`);
    assert.equal(answer.status, status);
    assert.equal(answer.headers.get('content-type'), 'text/plain; charset=utf-8');
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
    assert.ok(answer.headers.get('x-toxiproxy-request-id'));
  };

  describe('in general', () => {
    it('answers success as compact JSON without a newline, with a request id', async () => {
      const answer = await request('GET', '/proxies');
      assert.equal(answer.text, '{}');
      assert.equal(answer.headers.get('content-type'), 'application/json');
      assert.match(answer.headers.get('x-toxiproxy-request-id') ?? '', /^[0-9a-z]{20}$/);
    });

    for (const [method, path, body, status] of [
      ['GET', '/proxies', undefined, 200],
      ['POST', '/proxies', '{"name":"a","listen":"127.0.0.1:0","upstream":"127.0.0.1:9"}', 201],
      ['POST', '/proxies', '{', 400],
      ['POST', '/populate', '[]', 201],
      ['POST', '/populate', '{', 400],
      ['POST', '/reset', undefined, 204],
      ['GET', '/version', undefined, 200],
      ['GET', '/proxies/none', undefined, 404],
      ['PATCH', '/proxies/none', '{}', 404],
      ['GET', '/proxies/none/toxics/none', undefined, 404],
    ] as const) {
      it(`gives a request id of its own to ${method} ${path} ${body ?? ''}, answered ${status}`, async () => {
        const [first, second] = [await request(method, path, body), await request(method, path, body)];
        assert.equal(first.status, status);
        const id = first.headers.get('x-toxiproxy-request-id');
        assert.match(id ?? '', /^[0-9a-z]{20}$/);
        assert.notEqual(second.headers.get('x-toxiproxy-request-id'), id);
      });
    }

    it('answers errors as JSON with a newline, as text', async () => {
      expectError(await request('GET', '/proxies/none'), 404, 'proxy not found');
    });

    for (const path of [
      '/',
      '/nothing',
      '/proxies/',
      '/proxies/a/',
      '/proxies/a/toxics/',
      '/proxies/a/b',
      '/version/',
    ]) {
      it(`answers ${path} with 404 page not found`, async () => {
        const answer = await request('GET', path);
        assert.deepEqual([answer.status, answer.text], [404, '404 page not found\n']);
        assert.equal(answer.headers.get('x-toxiproxy-request-id'), null);
      });
    }

    for (const [method, path] of [
      ['PUT', '/proxies'],
      ['HEAD', '/version'],
      ['OPTIONS', '/reset'],
      ['GET', '/reset'],
      ['GET', '/populate'],
      ['POST', '/version'],
      ['PUT', '/proxies/a'],
      ['DELETE', '/proxies/a/toxics'],
      ['PUT', '/proxies/a/toxics/b'],
    ] as const) {
      it(`answers ${method} ${path} with an empty 405`, async () => {
        const answer = await request(method, path);
        assert.deepEqual([answer.status, answer.text], [405, '']);
        assert.equal(answer.headers.get('x-toxiproxy-request-id'), null);
      });
    }

    it('keeps browsers out, on known routes only', async () => {
      const refused = await request('GET', '/version', undefined, { 'user-agent': 'Mozilla/5.0 (X11)' });
      assert.deepEqual([refused.status, refused.text], [403, 'User agent not allowed\n']);
      assert.ok(refused.headers.get('x-toxiproxy-request-id'));
      assert.equal((await request('GET', '/x', undefined, { 'user-agent': 'Mozilla/5.0' })).status, 404);
      for (const agent of ['curl Mozilla/5.0', 'mozilla/5.0', 'Mozilla']) {
        assert.equal((await request('GET', '/version', undefined, { 'user-agent': agent })).status, 200, agent);
      }
    });

    it('ignores the query', async () => {
      assert.equal((await request('GET', '/version?x=/y')).status, 200);
    });

    it('tells its version with a space after the colon', async () => {
      const answer = await request('GET', '/version');
      assert.match(answer.text, /^\{"version": "2\.12\.0\+faultline"\}\n$/);
      assert.equal(answer.headers.get('content-type'), 'application/json;charset=utf-8');
    });

    it('has no metrics unless they are enabled', async () => {
      assert.deepEqual((await request('GET', '/metrics')).text, '404 page not found\n');
    });
  });

  describe('request bodies', () => {
    it('are read whatever the content type is', async () => {
      const answer = await request('POST', '/proxies', edge(), { 'content-type': 'image/png' });
      assert.equal(answer.status, 201);
    });

    for (const [what, text] of [
      ['keys in any case', '{"NAME":"edge","lisTen":"127.0.0.1:0","Upstream":"127.0.0.1:9"}'],
      ['the last duplicate', '{"name":"x","Name":"y","name":"edge","upstream":"127.0.0.1:9","listen":"127.0.0.1:0"}'],
      ['null for the default', '{"name":"edge","upstream":"127.0.0.1:9","listen":"127.0.0.1:0","enabled":null}'],
      ['null after a value', '{"name":"edge","name":null,"upstream":"127.0.0.1:9","listen":"127.0.0.1:0"}'],
      ['unknown fields', '{"name":"edge","upstream":"127.0.0.1:9","listen":"127.0.0.1:0","more":[{"a":[]}]}'],
      ['bytes after the value', '{"name":"edge","upstream":"127.0.0.1:9","listen":"127.0.0.1:0"} and } more'],
      ['space around', ' \n\t{ "name" : "edge" , "upstream" : "127.0.0.1:9" , "listen":"127.0.0.1:0" }'],
      ['escapes', '{"n\\u0061me":"\\u0065dge","upstream":"127.0.0.1:9","listen":"127.0.0.1:0"}'],
    ] as const) {
      it(`may have ${what}`, async () => {
        const answer = await request('POST', '/proxies', text);
        assert.equal(answer.status, 201, answer.text);
        assert.match(answer.text, /^\{"name":"edge",.*"enabled":true/);
      });
    }

    it('are refused when empty', async () => {
      expectError(await request('POST', '/proxies', ''), 400, 'bad request body: EOF');
      expectError(await request('POST', '/proxies', ' \n'), 400, 'bad request body: EOF');
    });

    for (const text of [
      '{',
      '{"name"',
      '{"name":',
      '{"name":"a"',
      '{"name":"a',
      '[',
      '{name:1}',
      'nul',
      '{"a":01x}',
      '"a\nb"',
      '{"a":1,}',
      '-',
      '[1,]',
      '"\\x"',
      '{"name":5}',
      '{"name":["a"]}',
      '{"enabled":"yes"}',
      '[]',
      '5',
      '{"toxics":{}}',
      '{"toxics":[5]}',
    ]) {
      it(`are refused when they are ${JSON.stringify(text)}`, async () => {
        const answer = await request('POST', '/proxies', text);
        assert.equal(answer.status, 400);
        assert.match(answer.json<{ error: string }>().error, /^bad request body: ./);
      });
    }

    it('may be null, which is an empty object', async () => {
      expectError(await request('POST', '/proxies', 'null'), 400, 'missing required field: name');
    });

    it('are refused when they are nested without end, or too large', async () => {
      const deep = await request('POST', '/proxies', `${'['.repeat(100_000)}`);
      assert.match(deep.text, /nested deeper than 200 levels/);
      expectError(
        await request('POST', '/proxies', ' '.repeat(17 * 1024 * 1024)),
        413,
        'request body: expected at most 16777216 bytes',
      );
      assert.equal((await request('GET', '/version')).status, 200);
    });
  });

  describe('proxies', () => {
    it('are shown with their fields in order and with the real address', async () => {
      const answer = await request('POST', '/proxies', edge({ listen: 'localhost:0' }));
      assert.equal(answer.status, 201);
      assert.match(
        answer.text,
        /^\{"name":"edge","listen":"127\.0\.0\.1:\d+","upstream":"127\.0\.0\.1:9","enabled":true,"Logger":\{\},"toxics":\[\]\}$/,
      );
      assert.equal((await request('GET', '/proxies/edge')).text, answer.text);
      assert.equal((await request('GET', '/proxies')).text, `{"edge":${answer.text}}`);
    });

    it('are listed sorted by name, also by names that are numbers', async () => {
      for (const name of ['b', '9', 'a', '10']) await request('POST', '/proxies', edge({ name }));
      const names = [...(await request('GET', '/proxies')).text.matchAll(/"name":"(\w+)"/g)].map((match) => match[1]);
      assert.deepEqual(names, ['10', '9', 'a', 'b']);
    });

    it('have characters escaped that HTML knows', async () => {
      const answer = await request('POST', '/proxies', edge({ name: 'a<b>&c' }));
      assert.match(answer.text, /^\{"name":"a\\u003cb\\u003e\\u0026c"/);
      assert.equal((await request('GET', `/proxies/${encodeURIComponent('a<b>&c')}`)).text, answer.text);
    });

    for (const name of ['a/b', '100%', '__proto__', 'toxics', 'a/toxics', 'ünï', '{proxy}', '?', '%2F', 'a/toxics/b']) {
      it(`may be called ${name}`, async () => {
        assert.equal((await request('POST', '/proxies', edge({ name }))).status, 201);
        const path = `/proxies/${encodeURIComponent(name)}`;
        assert.equal((await request('GET', path)).json<{ name: string }>().name, name);
        assert.equal((await request('POST', `${path}/toxics`, { type: 'noop', name: 't/1' })).status, 200);
        assert.equal((await request('GET', `${path}/toxics/t%2F1`)).status, 200);
        assert.equal((await request('DELETE', path)).status, 204);
      });
    }

    it('with a slash in their name are found by the plain path too', async () => {
      await request('POST', '/proxies', edge({ name: 'a/b' }));
      assert.equal((await request('GET', '/proxies/a/b')).status, 200);
      assert.equal((await request('GET', '/proxies/a/b/toxics')).text, '[]');
    });

    it('need a name and an upstream, in this order', async () => {
      expectError(await request('POST', '/proxies', {}), 400, 'missing required field: name');
      expectError(await request('POST', '/proxies', { name: '' }), 400, 'missing required field: name');
      expectError(await request('POST', '/proxies', { name: 'a' }), 400, 'missing required field: upstream');
    });

    it('are refused under a name that is taken, before anything is bound', async () => {
      const made = await request('POST', '/proxies', edge());
      const again = edge({ listen: made.json<{ listen: string }>().listen });
      expectError(await request('POST', '/proxies', again), 409, 'proxy already exists');
    });

    it('are not created when they cannot be bound', async () => {
      const taken = fixture.upstream.address;
      expectError(
        await request('POST', '/proxies', edge({ listen: taken })),
        500,
        `listen tcp ${taken}: bind: address already in use`,
      );
      for (const [listen, problem] of [
        ['nowhere', 'address nowhere: missing port in address'],
        ['1:2:3', 'address 1:2:3: too many colons in address'],
        ['127.0.0.1:99999', 'address 99999: invalid port'],
        ['127.0.0.1:http!', 'lookup tcp/http!: unknown port'],
        ['[::1', "address [::1: missing ']' in address"],
      ] as const) {
        expectError(await request('POST', '/proxies', edge({ listen })), 500, `listen tcp: ${problem}`);
      }
      assert.equal((await request('GET', '/proxies')).text, '{}');
    });

    for (const listen of ['', ':0', '0.0.0.0:0']) {
      it(`listen on every address, of both versions, when asked for ${JSON.stringify(listen)}`, async () => {
        const answer = await request('POST', '/proxies', edge({ listen }));
        const [, port] = /^(?:\[::\]|0\.0\.0\.0):(\d+)$/.exec(pick(answer).listen) ?? [];
        assert.equal((await fixture.dial(Number(port))).connected, true, answer.text);
      });
    }

    it('made disabled echo what was given and are bound when enabled', async () => {
      const made = await request('POST', '/proxies', edge({ listen: 'localhost:0', enabled: false }));
      assert.deepEqual(pick(made), { listen: 'localhost:0', enabled: false });
      const enabled = pick(await request('POST', '/proxies/edge', { enabled: true }));
      assert.match(enabled.listen, /^127\.0\.0\.1:[1-9]\d*$/);
    });

    it('keep port and toxics when disabled and enabled, and doing so twice is no error', async () => {
      const port = await fixture.createProxy();
      await fixture.addToxic({ type: 'noop' });
      for (const enabled of [false, false, true, true]) {
        const answer = await request('POST', '/proxies/edge', { enabled });
        assert.equal(answer.status, 200);
        assert.deepEqual(pick(answer), { listen: `127.0.0.1:${port}`, enabled });
        assert.match(answer.text, /noop_downstream/);
      }
    });

    it('keep on update what is not given, ignore the name, and take PATCH as well', async () => {
      const port = await fixture.createProxy();
      const updated = await request('PATCH', '/proxies/edge', { name: 'other', upstream: '127.0.0.1:7' });
      assert.deepEqual(updated.json(), {
        name: 'edge',
        listen: `127.0.0.1:${port}`,
        upstream: '127.0.0.1:7',
        enabled: true,
        Logger: {},
        toxics: [],
      });
    });

    it('drop their connections, keep their toxics and listen again when they move', async () => {
      const port = await fixture.createProxy('edge', { upstream: '127.0.0.1:9' });
      await fixture.addToxic({ type: 'noop' });
      const moved = await request('POST', '/proxies/edge', {
        listen: '127.0.0.1:0',
        upstream: fixture.upstream.address,
      });
      assert.match(moved.text, /noop_downstream/);
      assert.equal((await fixture.dial(port)).connected, false);
      const { client } = await fixture.dialThrough(Number(pick(moved).listen.split(':')[1]));
      await request('POST', '/proxies/edge', { listen: '127.0.0.1:0' });
      await client.untilEnded('fin');
    });

    it('move when the upstream is the old one in other words: upstreams are compared as text', async () => {
      const port = await fixture.createProxy();
      const { client } = await fixture.dialThrough(port);
      const upstream = fixture.upstream.address.replace('127.0.0.1', 'localhost');
      await request('POST', '/proxies/edge', { upstream });
      await client.untilEnded('fin');
      assert.equal((await request('GET', '/proxies/edge')).json<ProxyJson>().upstream, upstream);
    });

    it('stay disabled when they move while they are', async () => {
      await fixture.createProxy();
      await request('POST', '/proxies/edge', { enabled: false });
      const moved = await request('POST', '/proxies/edge', { listen: 'localhost:0' });
      assert.deepEqual(pick(moved), { listen: 'localhost:0', enabled: false });
    });

    it('keep their connections when the new listen is the old one in other words', async () => {
      const port = await fixture.createProxy();
      const { client, server } = await fixture.dialThrough(port);
      await request('POST', '/proxies/edge', { listen: `localhost:${port}` });
      client.write('still here');
      await server.untilText('still here');
    });

    it('are disabled at the new place when that cannot be bound', async () => {
      await fixture.createProxy();
      const taken = fixture.upstream.address;
      expectError(
        await request('POST', '/proxies/edge', { listen: taken }),
        500,
        `listen tcp ${taken}: bind: address already in use`,
      );
      assert.deepEqual(pick(await request('GET', '/proxies/edge')), { listen: taken, enabled: false });
    });

    it('are gone after DELETE, with an empty 204, and refuse new connections', async () => {
      const port = await fixture.createProxy();
      const answer = await request('DELETE', '/proxies/edge');
      assert.deepEqual([answer.status, answer.text], [204, '']);
      assert.equal((await fixture.dial(port)).connected, false);
      expectError(await request('DELETE', '/proxies/edge'), 404, 'proxy not found');
      expectError(await request('POST', '/proxies/edge', '{'), 404, 'proxy not found');
      expectError(await request('GET', '/proxies/edge/toxics'), 404, 'proxy not found');
    });

    it('are all enabled and without toxics after a reset', async () => {
      await request('POST', '/proxies', edge({ enabled: false }));
      await fixture.createProxy('other');
      await fixture.addToxic({ type: 'latency' }, 'other');
      const answer = await request('POST', '/reset');
      assert.deepEqual([answer.status, answer.text], [204, '']);
      for (const name of ['edge', 'other']) {
        const proxy = (await request('GET', `/proxies/${name}`)).json<{ enabled: boolean; toxics: unknown[] }>();
        assert.deepEqual([proxy.enabled, proxy.toxics], [true, []]);
      }
    });

    it('are changed one after the other when many ask at once', async () => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => request('POST', '/proxies', edge())));
      assert.deepEqual(answers.map(({ status }) => status).sort(), [201, ...Array(19).fill(409)]);
    });
  });
});

/** Where a proxy listens, and whether it does. */
function pick(answer: Answer): { listen: string; enabled: boolean } {
  const { listen, enabled } = answer.json<ProxyJson>();
  return { listen, enabled };
}
