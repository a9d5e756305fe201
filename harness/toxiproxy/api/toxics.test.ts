import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { Fixture, type ToxicJson } from '../testing/fixture.ts';

const ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  latency: ['latency', 'jitter'],
  bandwidth: ['rate'],
  slow_close: ['delay'],
  timeout: ['timeout'],
  reset_peer: ['timeout'],
  slicer: ['average_size', 'size_variation', 'delay'],
  limit_data: ['bytes'],
  noop: [],
  packet_loss: ['loss_rate', 'correlation'],
};

describe('toxics in the HTTP API', function () {
  this.timeout(30_000);
  let fixture: Fixture;
  beforeEach(async () => {
    fixture = await Fixture.start();
    await fixture.createProxy();
  });
  afterEach(() => fixture.stop());

  const toxics = '/proxies/edge/toxics';
  const add = (body: unknown) => fixture.request('POST', toxics, body);
  const errorOf = async (body: unknown) => {
    const answer = await add(body);
    return [answer.status, answer.json<{ error: string }>().error];
  };

  for (const [type, attributes] of Object.entries(ATTRIBUTES)) {
    it(`of type ${type} have their attributes in the original's order, 0 by default`, async () => {
      const given = type === 'slicer' ? { average_size: 1 } : {};
      const answer = await add({ type, attributes: given });
      const shown = attributes.map((name) => `"${name}":${name === 'average_size' ? 1 : 0}`).join(',');
      assert.equal(
        answer.text,
        `{"attributes":{${shown}},"name":"${type}_downstream","type":"${type}","stream":"downstream","toxicity":1}`,
      );
      assert.equal(answer.status, 200);
    });
  }

  it('are listed upstream first, then downstream, each in creation order', async () => {
    for (const [name, stream] of [
      ['a', 'downstream'],
      ['b', 'upstream'],
      ['c', 'downstream'],
      ['d', 'upstream'],
    ]) {
      await add({ type: 'noop', name, stream });
    }
    const listed = (await fixture.request('GET', toxics)).json<ToxicJson[]>();
    assert.deepEqual(
      listed.map(({ name }) => name),
      ['b', 'd', 'a', 'c'],
    );
  });

  it('are refused in this order: JSON, stream, type, name, attributes', async () => {
    const wrong = { stream: 'x', type: 'x', name: 'taken', attributes: { latency: 'x' } };
    await add({ type: 'noop', name: 'taken' });
    assert.match(String((await errorOf('{'))[1]), /^bad request body: /);
    assert.deepEqual(await errorOf(wrong), [400, 'stream was invalid, can be either upstream or downstream']);
    assert.deepEqual(await errorOf({ ...wrong, stream: 'upstream' }), [400, 'invalid toxic type']);
    assert.deepEqual(await errorOf({ ...wrong, stream: '', type: 'latency' }), [
      400,
      'stream was invalid, can be either upstream or downstream',
    ]);
    assert.deepEqual(await errorOf({ ...wrong, stream: 'upstream', type: 'latency' }), [409, 'toxic already exists']);
    const [status, message] = await errorOf({ type: 'latency', attributes: { latency: 'x' } });
    assert.deepEqual([status, message], [400, 'bad request body: latency: expected an integer, got the string "x"']);
  });

  it('compare the stream without case and echo it as it was given; the type has one spelling', async () => {
    const answer = await add({ type: 'noop', stream: 'UpStream' });
    assert.match(answer.text, /"name":"noop_UpStream","type":"noop","stream":"UpStream"/);
    assert.deepEqual(await errorOf({ type: 'Noop' }), [400, 'invalid toxic type']);
    assert.deepEqual(await errorOf({}), [400, 'invalid toxic type']);
  });

  it('have names that are unique across both streams', async () => {
    await add({ type: 'noop', name: 'one', stream: 'upstream' });
    assert.deepEqual(await errorOf({ type: 'latency', name: 'one' }), [409, 'toxic already exists']);
  });

  for (const value of [
    1.5,
    '"5"',
    'true',
    '1e3',
    '1.0',
    '[]',
    '{}',
    '-1',
    '99999999999999999999',
    '1e999',
    '2147483648',
  ]) {
    it(`refuse ${value} as a time`, async () => {
      assert.equal((await errorOf(`{"type":"latency","attributes":{"latency":${value}}}`))[0], 400);
    });
  }

  for (const [type, attributes] of [
    ['bandwidth', { rate: -1 }],
    ['bandwidth', { rate: 9e15 }],
    ['slicer', {}],
    ['slicer', { average_size: 0 }],
    ['slicer', { average_size: 10, size_variation: 11 }],
    ['slicer', { average_size: -5 }],
    ['limit_data', { bytes: -1 }],
    ['packet_loss', { loss_rate: 1.01 }],
    ['packet_loss', { loss_rate: -0.1 }],
    ['packet_loss', { correlation: '0.1' }],
  ] as const) {
    it(`refuse ${type} ${JSON.stringify(attributes)}, which makes no sense`, async () => {
      const [status, message] = await errorOf({ type, attributes });
      assert.equal(status, 400);
      assert.match(String(message), /expected/);
    });
  }

  for (const toxicity of ['-0.1', '1.1', '"1"', '1e999', 'true']) {
    it(`refuse ${toxicity} as toxicity`, async () => {
      assert.equal((await errorOf(`{"type":"noop","toxicity":${toxicity}}`))[0], 400);
    });
  }

  for (const [given, shown] of [
    ['0.3333333333333333', '0.33333334'],
    ['0.1', '0.1'],
    ['0', '0'],
    ['1', '1'],
    ['0.123456789', '0.12345679'],
    ['1e-3', '0.001'],
  ] as const) {
    it(`echo toxicity ${given} as the 32-bit float ${shown}`, async () => {
      assert.match((await add(`{"type":"noop","toxicity":${given}}`)).text, new RegExp(`"toxicity":${shown}\\}$`));
    });
  }

  it('merge attributes and toxicity on update and ignore name, type and stream', async () => {
    await add({ type: 'latency', name: 'slow', attributes: { latency: 10, jitter: 5 } });
    const body = { attributes: { jitter: 7 }, name: 'x', type: 'noop', stream: 'upstream' };
    for (const method of ['POST', 'PATCH']) {
      const answer = await fixture.request(method, `${toxics}/slow`, body);
      assert.equal(
        answer.text,
        '{"attributes":{"latency":10,"jitter":7},"name":"slow","type":"latency","stream":"downstream","toxicity":1}',
      );
    }
    const halved = await fixture.request('POST', `${toxics}/slow`, { toxicity: 0.5 });
    assert.match(halved.text, /"latency":10,"jitter":7.*"toxicity":0.5/);
  });

  it('are unchanged by an update that is refused', async () => {
    await add({ type: 'slicer', name: 's', attributes: { average_size: 10, size_variation: 5 } });
    const refused = await fixture.request('POST', `${toxics}/s`, { attributes: { average_size: 4 }, toxicity: 0.5 });
    assert.equal(refused.status, 400);
    assert.match((await fixture.request('GET', `${toxics}/s`)).text, /"average_size":10,.*"toxicity":1/);
  });

  it('are found, and gone after DELETE', async () => {
    await add({ type: 'noop', name: 'n' });
    assert.equal((await fixture.request('GET', `${toxics}/n`)).status, 200);
    const deleted = await fixture.request('DELETE', `${toxics}/n`);
    assert.deepEqual([deleted.status, deleted.text], [204, '']);
    for (const method of ['GET', 'POST', 'DELETE']) {
      const answer = await fixture.request(method, `${toxics}/n`, method === 'POST' ? {} : undefined);
      assert.deepEqual([answer.status, answer.text], [404, '{"error":"toxic not found","status":404}\n']);
    }
  });
});
