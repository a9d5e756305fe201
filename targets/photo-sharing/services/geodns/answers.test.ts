import assert from 'node:assert/strict';
import dnsPacket from 'dns-packet';
import { describe, it } from 'mocha';
import { encodeQuestion } from '../testing/dns-client.ts';
import { fitUdp, resolve } from './answers.ts';

const ZONE = {
  name: 'photos.example',
  hosts: new Map<string, string>(),
  ttlSeconds: 1,
  choose: () => ({ datacenter: { name: 'us-east', address: '198.51.100.1' }, scope: 24 }),
};

describe('answers to DNS messages', () => {
  it('are cut to their header, and ask for TCP, when they do not fit into what the client takes over UDP', () => {
    const question = encodeQuestion();
    const answers = Array.from({ length: 40 }, (_, last) => ({
      name: 'photos.example',
      type: 'A' as const,
      data: `198.51.100.${last}`,
    }));
    const long = dnsPacket.encode({
      type: 'response',
      id: 4711,
      questions: [{ name: 'photos.example', type: 'A' }],
      answers,
    });
    assert.ok(long.length > 512);
    const cut = dnsPacket.decode(fitUdp(question, long));
    assert.deepEqual([cut.id, cut.flag_tc, cut.questions?.length, cut.answers?.length], [4711, true, 1, 0]);
    const withEdns = encodeQuestion({ subnet: '203.0.113.9/32' });
    assert.equal(fitUdp(withEdns, long).length, long.length);
  });

  it('refuse an EDNS version that does not exist yet', () => {
    const query = dnsPacket.decode(encodeQuestion({ subnet: '203.0.113.9/32' }));
    const opt = query.additionals?.[0];
    assert.ok(opt?.type === 'OPT');
    const { code, response } = resolve(
      dnsPacket.encode({ ...query, additionals: [{ ...opt, ednsVersion: 1 }] }),
      '127.0.0.1',
      ZONE,
    )!;
    const decoded = dnsPacket.decode(response).additionals?.[0];
    assert.deepEqual([code, decoded?.type === 'OPT' && decoded.extendedRcode], ['BADVERS', 1]);
  });

  it('never fail on bytes that are no question', () => {
    const question = encodeQuestion({ subnet: '203.0.113.9/32' });
    for (let length = 0; length < question.length; length += 1) {
      const resolution = resolve(question.subarray(0, length), '127.0.0.1', ZONE);
      assert.ok(resolution === undefined || resolution.code === 'FORMERR' || resolution.code === 'NOERROR');
    }
    const tooLong = Buffer.from(question);
    tooLong[tooLong.length - 6] = 33;
    assert.equal(resolve(tooLong, '127.0.0.1', ZONE)?.code, 'FORMERR');
  });
});
