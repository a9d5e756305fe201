import assert from 'node:assert/strict';
import { connect } from 'node:net';
import fc from 'fast-check';
import { after, before, describe, it } from 'mocha';
import { Fixture, type ToxicJson } from '../testing/fixture.ts';
import { fuzzCases } from '../testing/fuzz-cases.ts';

const methods = fc.constantFrom('GET', 'POST', 'PATCH', 'DELETE', 'PUT', 'HEAD', 'OPTIONS');
const names = fc.constantFrom('edge', 'other', 'a/b', '', 'ü', '__proto__', 'constructor');
const paths = fc.oneof(
  fc.constantFrom('/', '/proxies', '/populate', '/reset', '/version', '/toxics', '/enabled', '/leases', '/metrics'),
  names.map((name) => `/proxies/${encodeURIComponent(name)}`),
  names.map((name) => `/proxies/${encodeURIComponent(name)}/toxics`),
  fc
    .tuple(names, names)
    .map(([proxy, toxic]) => `/proxies/${encodeURIComponent(proxy)}/toxics/${encodeURIComponent(toxic)}`),
  fc.webPath(),
);
/** Numbers as JSON may write them, with those that break programs. */
const numbers = fc.oneof(
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc.constantFrom(
    '-1',
    '0',
    '-0',
    '1e999',
    '-1e999',
    '9223372036854775807',
    '9223372036854775808',
    '1.5',
    '1e3',
    '2147483648',
  ),
);
const values = fc.oneof(
  { weight: 4, arbitrary: numbers },
  { weight: 1, arbitrary: fc.constantFrom('null', 'true', '"5"', '"NaN"', '[]', '{}', '[{}]', '"127.0.0.1:0"') },
);
const fields = fc.constantFrom(
  ...['name', 'Name', 'listen', 'upstream', 'enabled', 'toxics', 'type', 'stream', 'toxicity', 'attributes', 'lease'],
  ...[
    'latency',
    'jitter',
    'rate',
    'timeout',
    'delay',
    'bytes',
    'average_size',
    'size_variation',
    'ms',
    'peers',
    'protocol',
  ],
);
const objects = fc
  .array(fc.tuple(fields, values), { maxLength: 8 })
  .map((members) => `{${members.map(([key, value]) => `"${key}":${value}`).join(',')}}`);
const bodies = fc.oneof(
  objects,
  objects.map((object) => `[${object}]`),
  objects.map((object) => `{"toxics":[${object}]}`),
  fc.json(),
  fc.string(),
  fc.tuple(objects, fc.nat(40)).map(([object, length]) => object.slice(0, length)),
);
const STATUSES = [200, 201, 204, 400, 404, 405, 409, 500];

const kinds: Record<string, readonly string[]> = {
  latency: ['latency', 'jitter'],
  bandwidth: ['rate'],
  slow_close: ['delay'],
  timeout: ['timeout'],
  reset_peer: ['timeout'],
  slicer: ['average_size', 'size_variation', 'delay'],
  limit_data: ['bytes'],
  packet_loss: ['loss_rate', 'correlation'],
  connect_delay: ['delay'],
  fail_first: ['connections'],
};

describe('fuzzed requests', function () {
  this.timeout(600_000);
  let fixture: Fixture;
  before(async () => {
    fixture = await Fixture.start({ metrics: true });
  });
  after(() => fixture.stop());

  const expectAlive = async () => assert.equal((await fixture.request('GET', '/version')).status, 200);

  it('of any method, path and body get an answer of the API, never a crash or a hang', async () => {
    await fc.assert(
      fc.asyncProperty(methods, paths, bodies, async (method, path, body) => {
        const bare = method === 'GET' || method === 'HEAD';
        const answer = await fixture.request(method, path, bare ? undefined : body);
        assert.ok(STATUSES.includes(answer.status), `${answer.status} ${answer.text}`);
        if (answer.status === 500) assert.match(answer.text, /"error":"listen (tcp|udp)/);
        if (answer.status === 400) assert.match(answer.text, /^\{"error":".+","status":400/);
      }),
      { numRuns: fuzzCases(0.1) },
    );
    await expectAlive();
  });

  it('for toxics with any attribute are answered 200 with what was given, or 400 with what was expected', async () => {
    const port = await fixture.createProxy('fuzzed');
    const { client, server } = await fixture.dialThrough(port);
    const toxics = fc.constantFrom(...Object.keys(kinds)).chain((type) => {
      return fc.record({ type: fc.constant(type), values: fc.array(values, { minLength: 3, maxLength: 3 }) });
    });
    await fc.assert(
      fc.asyncProperty(toxics, async ({ type, values: given }) => {
        const attributes = kinds[type]!.map((name, index) => `"${name}":${given[index]}`).join(',');
        const body = `{"type":"${type}","name":"t","toxicity":0.001,"attributes":{${attributes}}}`;
        const answer = await fixture.request('POST', '/proxies/fuzzed/toxics', body);
        client.write('x');
        server.write('y');
        if (answer.status === 400) assert.match(answer.text, /expected/);
        else {
          assert.equal(answer.status, 200, answer.text);
          for (const value of Object.values(answer.json<ToxicJson>().attributes)) assert.ok(value >= 0);
          assert.equal((await fixture.request('DELETE', '/proxies/fuzzed/toxics/t')).status, 204);
        }
      }),
      { numRuns: fuzzCases(0.03) },
    );
    await expectAlive();
  });

  it('of any bytes at all on the HTTP port do not hurt', async () => {
    const texts = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc.tuple(methods, paths, fc.string()).map(([method, path, rest]) => {
        return Buffer.from(`${method} ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n${rest}\r\n\r\n${rest}`);
      }),
    );
    const { host, port } = fixture.server.address;
    await fc.assert(
      fc.asyncProperty(texts, fc.boolean(), async (bytes, abrupt) => {
        const socket = connect({ host, port });
        socket.on('error', () => {});
        await new Promise<void>((resolve) => {
          socket.on('close', () => resolve());
          socket.write(bytes, () => (abrupt ? socket.resetAndDestroy() : socket.end()));
          socket.resume();
        });
      }),
      { numRuns: fuzzCases(0.01) },
    );
    await expectAlive();
  });
});
