import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { LONG_QUESTIONS } from '../model/long-questions.ts';
import { type StreamProtocol, streamQuestion } from './edge-questions.ts';

const ADDRESS = { host: '127.0.0.1', port: 8080 };
const PROTOCOLS: readonly StreamProtocol[] = ['http', 'postgres', 'redis', 'nats'];

const ask = (protocol: StreamProtocol, bytes?: number) => streamQuestion(protocol, ADDRESS, { bytes });
const bytesOf = (protocol: StreamProtocol, bytes?: number) => Buffer.from(ask(protocol, bytes).request);

describe('A question across an edge', () => {
  for (const protocol of PROTOCOLS) {
    it(`has the bytes that were asked for in ${protocol}, give or take a line`, () => {
      for (const bytes of [300, 1000, 1013, 5000, LONG_QUESTIONS[protocol]!.bytesMax]) {
        const { length } = bytesOf(protocol, bytes);
        assert.ok(Math.abs(length - bytes) <= 11, `${length} for ${bytes}`);
      }
    });

    it(`is short in ${protocol} when nothing was asked for`, () => {
      assert.ok(bytesOf(protocol).length < 100);
    });
  }

  it('pads HTTP with headers that every server takes', () => {
    const [request, ...headers] = bytesOf('http', 14_000).toString().split('\r\n');
    assert.equal(request, 'GET /healthz HTTP/1.1');
    assert.deepEqual(headers.splice(-2), ['', '']);
    for (const header of headers) assert.match(header, /^(host|connection|padding): .{1,989}$/);
  });

  it('is one start-up packet of PostgreSQL, whose first word is its length', () => {
    for (const bytes of [undefined, 9900]) {
      const packet = Buffer.from(streamQuestion('postgres', ADDRESS, { bytes, untilClosed: true }).request);
      assert.equal(packet.readInt32BE(0), packet.length);
      assert.equal(packet.readInt32BE(4), 3 << 16);
      assert.match(packet.toString('latin1', 8), /^application_name\0x+\0\0$/);
    }
  });

  it('is answered by Redis when all of it has come back', () => {
    const { request, answer } = ask('redis', 1000);
    const [, value = ''] = /(x+)\r\n$/.exec(request.toString()) ?? [];
    assert.ok(request.toString().startsWith(`*2\r\n$4\r\nECHO\r\n$${value.length}\r\n`));
    const back = Buffer.from(`$${value.length}\r\n${value}\r\n`);
    assert.equal(answer(back.subarray(0, -1)), undefined);
    assert.equal(answer(back), `${value.length} bytes echoed`);
    assert.equal(answer(Buffer.from('-NOAUTH Authentication required.\r\n')), '-NOAUTH Authentication required.');
  });

  it('is answered by NATS when it has said more than it says to everybody', () => {
    const { answer } = ask('nats');
    const info = 'INFO {"server_id":"X"}\r\n';
    for (const incomplete of ['', info, `${info}PON`]) assert.equal(answer(Buffer.from(incomplete)), undefined);
    assert.equal(answer(Buffer.from(`${info}PONG\r\n`)), info.trim());
    assert.equal(answer(Buffer.from(`${info}-ERR 'Authorization Violation'\r\n`)), info.trim());
  });
});
