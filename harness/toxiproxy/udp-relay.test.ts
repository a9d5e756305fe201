import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { pollUntil } from '../base/poll.ts';
import { Fixture } from './testing/fixture.ts';
import { PATIENCE_MS } from './testing/peer.ts';

/** How long something that must not happen is given to happen. */
const QUIET_MS = 150;
const quiet = () => new Promise((resolve) => setTimeout(resolve, QUIET_MS));

const eventually = (subject: string, holds: () => boolean) =>
  pollUntil(() => (holds() ? { done: true, value: undefined } : { done: false, seen: 'not yet' }), {
    subject,
    timeoutMs: PATIENCE_MS,
    intervalMs: 5,
  });

describe('a UDP proxy', function () {
  this.timeout(30_000);
  let fixture: Fixture;
  let upstream: Socket;
  let client: Socket;
  let port: number;
  let heard: string[];
  let answers: string[];
  beforeEach(async () => {
    fixture = await Fixture.start({ seed: 5 });
    [heard, answers] = [[], []];
    upstream = await boundSocket();
    upstream.on('message', (datagram, from) => {
      heard.push(datagram.toString());
      upstream.send(`re: ${datagram.toString()}`, from.port, from.address);
    });
    client = await boundSocket();
    client.on('message', (datagram) => answers.push(datagram.toString()));
    port = await fixture.createProxy('edge', {
      protocol: 'udp',
      upstream: `127.0.0.1:${upstream.address().port}`,
    });
  });
  afterEach(async () => {
    upstream.close();
    client.close();
    await fixture.stop();
  });
  const say = (text: string) => client.send(text, port, '127.0.0.1');
  const untilAnswered = (text: string) => eventually(`the answer to ${text}`, () => answers.includes(`re: ${text}`));

  it('relays datagrams and their answers, and says so', async () => {
    say('hello');
    await untilAnswered('hello');
    assert.match((await fixture.request('GET', '/proxies/edge')).text, /"toxics":\[\],"protocol":"udp"\}$/);
  });

  it('delays datagrams', async () => {
    await fixture.addToxic({ type: 'latency', attributes: { latency: 200 } });
    const saidAtMs = performance.now();
    say('hello');
    await untilAnswered('hello');
    assert.ok(performance.now() - saidAtMs >= 200);
  });

  it('loses datagrams', async () => {
    await fixture.addToxic({ type: 'packet_loss', stream: 'upstream', attributes: { loss_rate: 0.5 } });
    for (let index = 0; index < 40; index += 1) {
      say(String(index));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await eventually('some to arrive', () => heard.length > 5);
    await quiet();
    assert.ok(heard.length < 35, `${heard.length} of 40`);
  });

  it('swallows datagrams under a blackhole, and relays again without it', async () => {
    await fixture.addToxic({ type: 'blackhole', name: 'cut', stream: 'upstream' });
    say('lost');
    await quiet();
    await fixture.request('DELETE', '/proxies/edge/toxics/cut');
    say('kept');
    await untilAnswered('kept');
    assert.deepEqual(heard, ['kept']);
  });

  it('is refused toxics that need a stream', async () => {
    const answer = await fixture.request('POST', '/proxies/edge/toxics', {
      type: 'slicer',
      attributes: { average_size: 1 },
    });
    assert.equal(answer.status, 400);
    assert.match(answer.text, /toxic type slicer acts on TCP only; the proxy edge relays UDP/);
    assert.equal(
      (await fixture.request('POST', '/proxies', { name: 'x', upstream: 'x:1', protocol: 'ip' })).status,
      400,
    );
  });

  it('is silent when disabled and answers on the same port again', async () => {
    await fixture.request('POST', '/proxies/edge', { enabled: false });
    say('lost');
    await quiet();
    await fixture.request('POST', '/proxies/edge', { enabled: true });
    say('kept');
    await untilAnswered('kept');
    assert.deepEqual(heard, ['kept']);
  });

  it('cannot be bound where another UDP socket is', async () => {
    const { port: taken } = upstream.address();
    const body = { name: 'second', protocol: 'udp', listen: `127.0.0.1:${taken}`, upstream: 'x:1' };
    const answer = await fixture.request('POST', '/proxies', body);
    assert.match(answer.text, new RegExp(`listen udp 127.0.0.1:${taken}: bind: address already in use`));
  });
});

async function boundSocket(): Promise<Socket> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return socket;
}
