import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { decode, encode, type Packet, RECURSION_DESIRED, streamDecode, streamEncode } from 'dns-packet';
import { type Clock, systemClock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { EdgeProbe, EdgeProbeLimits } from '../model/fault.ts';
import type { RunningTarget } from '../model/running-target.ts';
import { type Address, edgeName, protocolOf } from '../model/topology.ts';
import { SHOWN_CHARACTERS, type StreamQuestion, streamQuestion } from './edge-questions.ts';

/**
 * A request and its answer across an edge, in the protocol that is spoken there, from where the edge's from-side dials.
 * Any answer of the far end counts, a refusal as well: it proves that bytes went both ways. A DNS edge is asked by UDP
 * and by TCP, and counts as answering when either answers; the detail tells both. It can be asked neither long questions
 * nor to close, and throws then. Never throws for what the far end does.
 */
export async function probeEdge(
  target: RunningTarget,
  name: string,
  { timeoutMs, transport, clock = systemClock, ...wishes }: EdgeProbeLimits & { readonly clock?: Clock },
): Promise<EdgeProbe> {
  const edge = target.topology.edges.find((candidate) => edgeName(candidate) === name);
  if (edge === undefined) throw new Error(`The running target has no edge ${name}`);
  const address = target.edgeAddress(name);
  const protocol = protocolOf(target.topology, edge);
  const atMs = clock.now();
  const asking: Asking = { address, clock, signal: AbortSignal.timeout(timeoutMs) };
  if (protocol === 'dns') {
    if (wishes.bytes !== undefined || wishes.untilClosed) {
      throw new Error(`${name}: a DNS question is as long as it is, and its end closes nothing`);
    }
    return timed(await askName(asking, transport), { atMs, clock });
  }
  const question = streamQuestion(protocol, address, wishes);
  const heard = await askStream(question, { ...asking, untilClosed: wishes.untilClosed ?? false });
  return timed(heard, { atMs: wishes.untilClosed ? heard.lastHeardAtMs : atMs, clock });
}

interface Asking {
  readonly address: Address;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

type Answer = Pick<EdgeProbe, 'outcome' | 'detail'>;

function timed({ outcome, detail }: Answer, { atMs, clock }: { atMs: number; clock: Clock }): EdgeProbe {
  return { outcome, detail, atMs, durationMs: clock.now() - atMs };
}

/** Over TCP: the edge answers when what the far end says makes sense. */
async function askStream(
  { request, answer }: StreamQuestion,
  { address, clock, signal, untilClosed }: Asking & { untilClosed: boolean },
): Promise<Answer & { lastHeardAtMs: number }> {
  let received: Buffer = Buffer.alloc(0);
  let detail: string | undefined;
  let lastHeardAtMs = clock.now();
  const socket = connect({ ...address, signal });
  try {
    socket.write(request);
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      lastHeardAtMs = clock.now();
      received = Buffer.concat([received, chunk]);
      detail ??= answer(received);
      if (detail !== undefined && !untilClosed) return { ...answered(detail), lastHeardAtMs };
    }
    return { ...(detail === undefined ? closed(received) : answered(`${detail}, then a close`)), lastHeardAtMs };
  } catch (thrown) {
    const { outcome, detail: how } = failure(thrown, signal, detail === undefined ? 'answer' : 'close');
    return { outcome, detail: detail === undefined ? how : `${detail}, then ${how}`, lastHeardAtMs };
  } finally {
    socket.destroy();
  }
}

function closed(received: Buffer): Answer {
  const shown = JSON.stringify(received.toString('latin1', 0, SHOWN_CHARACTERS));
  return { outcome: 'closed', detail: received.length === 0 ? 'closed without an answer' : `closed after ${shown}` };
}

const QUERY: Packet = {
  type: 'query',
  id: 0x0fa1,
  flags: RECURSION_DESIRED,
  questions: [{ type: 'A', class: 'IN', name: 'edge-probe.invalid' }],
};

async function askName(asking: Asking, transport: EdgeProbeLimits['transport']): Promise<Answer> {
  const ways = { udp: askByDatagram, tcp: askNameByStream };
  if (transport !== undefined) return await ways[transport](asking);
  const [udp, tcp] = await Promise.all([ways.udp(asking), ways.tcp(asking)]);
  const outcome = udp.outcome === 'answered' ? 'answered' : tcp.outcome;
  return { outcome, detail: `UDP: ${udp.detail}; TCP: ${tcp.detail}` };
}

async function askNameByStream(asking: Asking): Promise<Answer> {
  return await askStream(NAME_QUESTION, { ...asking, untilClosed: false });
}

const NAME_QUESTION: StreamQuestion = {
  request: streamEncode(QUERY),
  answer: (received) => {
    if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return undefined;
    return responseIn(streamDecode(received));
  },
};

async function askByDatagram({ address: { host, port }, signal }: Asking): Promise<Answer> {
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

function failure(thrown: unknown, signal: AbortSignal, awaited: 'answer' | 'close' = 'answer'): Answer {
  if (signal.aborted) return { outcome: 'silent', detail: `no ${awaited} in time` };
  const { code = '' } = thrown as NodeJS.ErrnoException;
  return { outcome: OUTCOMES[code] ?? 'failed', detail: messageOf(thrown) };
}
