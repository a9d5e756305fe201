import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { decode, encode, type Packet, RECURSION_DESIRED, streamDecode, streamEncode } from 'dns-packet';
import { type Clock, systemClock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { EdgeProbe } from '../model/fault.ts';
import type { RunningTarget } from '../model/running-target.ts';
import { type Address, edgeName, formatAddress, type Protocol, protocolOf } from '../model/topology.ts';

export interface EdgeProbeOptions {
  /** From dialling to the first bytes of the answer. */
  readonly timeoutMs: number;
  readonly clock?: Clock;
}

/**
 * A request and its answer across an edge, in the protocol that is spoken there, from where the edge's from-side dials.
 * Any answer of the far end counts, a refusal as well: it proves that bytes went both ways. A DNS edge is asked by UDP
 * and by TCP, and counts as answering when either answers; the detail tells both. Never throws for what the far end does.
 */
export async function probeEdge(
  target: RunningTarget,
  name: string,
  { timeoutMs, clock = systemClock }: EdgeProbeOptions,
): Promise<EdgeProbe> {
  const edge = target.topology.edges.find((candidate) => edgeName(candidate) === name);
  if (edge === undefined) throw new Error(`The running target has no edge ${name}`);
  const address = target.edgeAddress(name);
  const ask = QUESTIONS[protocolOf(target.topology, edge)];
  const atMs = clock.now();
  const signal = AbortSignal.timeout(timeoutMs);
  const { outcome, detail } = await ask(address, signal);
  return { outcome, detail, atMs, durationMs: clock.now() - atMs };
}

type Answer = Pick<EdgeProbe, 'outcome' | 'detail'>;

type Question = (address: Address, signal: AbortSignal) => Promise<Answer>;

/** What is sent on connect (nothing where the server speaks first), and what counts as its answer. */
interface StreamQuestion {
  readonly request?: (address: Address) => string | Buffer;
  /** The answer in words, or undefined while it is incomplete. */
  readonly answer: (received: Buffer) => string | undefined;
}

const firstLine = (received: Buffer): string | undefined => {
  const end = received.indexOf('\n');
  return end < 0 ? undefined : received.toString('latin1', 0, Math.min(end, SHOWN_CHARACTERS)).trim();
};

const SHOWN_CHARACTERS = 120;
/** Length 8, then the code 1234.5679: PostgreSQL answers with one byte, before any login. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);
const QUERY: Packet = {
  type: 'query',
  id: 0x0fa1,
  flags: RECURSION_DESIRED,
  questions: [{ type: 'A', class: 'IN', name: 'edge-probe.invalid' }],
};

const QUESTIONS: Readonly<Record<Protocol, Question>> = {
  http: acrossStream({
    request: (address) => `GET /healthz HTTP/1.1\r\nhost: ${formatAddress(address)}\r\nconnection: close\r\n\r\n`,
    answer: (received) => (received.toString('latin1', 0, 5) === 'HTTP/' ? firstLine(received) : undefined),
  }),
  postgres: acrossStream({
    request: () => SSL_REQUEST,
    answer: (received) => `${received.toString('latin1', 0, 1)} to SSLRequest`,
  }),
  redis: acrossStream({ request: () => 'PING\r\n', answer: firstLine }),
  nats: acrossStream({
    answer: (received) => (received.toString('latin1', 0, 5) === 'INFO ' ? firstLine(received) : undefined),
  }),
  dns: byBothTransports,
};

/** Over TCP: the edge answers when the far end's first bytes make sense. */
function acrossStream({ request, answer }: StreamQuestion): Question {
  return async (address, signal) => {
    let received: Buffer = Buffer.alloc(0);
    const socket = connect({ ...address, signal });
    try {
      if (request !== undefined) socket.write(request(address));
      for await (const chunk of socket as AsyncIterable<Buffer>) {
        received = Buffer.concat([received, chunk]);
        const detail = answer(received);
        if (detail !== undefined) return answered(detail);
      }
      const shown = JSON.stringify(received.toString('latin1', 0, SHOWN_CHARACTERS));
      return {
        outcome: 'closed',
        detail: received.length === 0 ? 'closed without an answer' : `closed after ${shown}`,
      };
    } catch (thrown) {
      return failure(thrown, signal);
    } finally {
      socket.destroy();
    }
  };
}

async function byBothTransports(address: Address, signal: AbortSignal): Promise<Answer> {
  const [udp, tcp] = await Promise.all([byDatagram(address, signal), byDnsStream(address, signal)]);
  const outcome = udp.outcome === 'answered' ? 'answered' : tcp.outcome;
  return { outcome, detail: `UDP: ${udp.detail}; TCP: ${tcp.detail}` };
}

const byDnsStream = acrossStream({
  request: () => streamEncode(QUERY),
  answer: (received) => {
    if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return undefined;
    return responseIn(streamDecode(received));
  },
});

async function byDatagram({ host, port }: Address, signal: AbortSignal): Promise<Answer> {
  const socket = createSocket('udp4');
  try {
    const answer = once(socket, 'message', { signal });
    socket.connect(port, host, () => socket.send(encode(QUERY)));
    const [message] = (await answer) as [Buffer];
    const detail = responseIn(decode(message));
    return detail === undefined
      ? { outcome: 'failed', detail: `${message.length} bytes that answer no question` }
      : answered(detail);
  } catch (thrown) {
    return failure(thrown, signal);
  } finally {
    socket.close();
  }
}

function responseIn(packet: Packet & { rcode?: string }): string | undefined {
  return packet.type === 'response' && packet.id === QUERY.id ? (packet.rcode ?? 'response') : undefined;
}

function answered(detail: string): Answer {
  return { outcome: 'answered', detail };
}

const OUTCOMES: Readonly<Record<string, EdgeProbe['outcome']>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
};

function failure(thrown: unknown, signal: AbortSignal): Answer {
  if (signal.aborted) return { outcome: 'silent', detail: 'no answer in time' };
  const { code = '' } = thrown as NodeJS.ErrnoException;
  return { outcome: OUTCOMES[code] ?? 'failed', detail: messageOf(thrown) };
}
