import { LONG_QUESTIONS } from '../model/long-questions.ts';
import { type Address, formatAddress, type Protocol } from '../model/topology.ts';

/** What is sent as soon as a connection is there, and what counts as its answer. */
export interface StreamQuestion {
  readonly request: string | Buffer;
  /** The answer in words, or undefined while it is incomplete. */
  readonly answer: (received: Buffer) => string | undefined;
}

/** Everything but DNS, which is asked by two transports. */
export type StreamProtocol = Exclude<Protocol, 'dns'>;

export interface QuestionWishes {
  readonly bytes?: number | undefined;
  readonly untilClosed?: boolean | undefined;
}

/** A question that changes nothing at the far end, and that it answers whoever asks. */
export function streamQuestion(protocol: StreamProtocol, address: Address, wishes: QuestionWishes): StreamQuestion {
  const { bytesMax } = LONG_QUESTIONS[protocol]!;
  const { bytes = 0 } = wishes;
  if (bytes > bytesMax) throw new Error(`A ${protocol} question can have ${bytesMax} bytes, not ${bytes}`);
  return QUESTIONS[protocol]({ ...wishes, bytes }, address);
}

export const SHOWN_CHARACTERS = 120;

const firstLine = (received: Buffer): string | undefined => {
  const end = received.indexOf('\n');
  return end < 0 ? undefined : received.toString('latin1', 0, Math.min(end, SHOWN_CHARACTERS)).trim();
};

type Wishes = QuestionWishes & { readonly bytes: number };

const QUESTIONS: Readonly<Record<StreamProtocol, (wishes: Wishes, address: Address) => StreamQuestion>> = {
  http: ({ bytes }, address) => ({
    request: paddedRequest(`GET /healthz HTTP/1.1\r\nhost: ${formatAddress(address)}\r\nconnection: close\r\n`, bytes),
    answer: (received) => (received.toString('latin1', 0, 5) === 'HTTP/' ? firstLine(received) : undefined),
  }),
  postgres: ({ bytes, untilClosed = false }) =>
    bytes > 0 || untilClosed
      ? { request: startUpPacket(bytes), answer: (received) => firstByte(received, 'a start-up packet without a user') }
      : { request: SSL_REQUEST, answer: (received) => firstByte(received, 'SSLRequest') },
  redis: ({ bytes, untilClosed = false }) => {
    if (untilClosed) return { request: 'QUIT\r\n', answer: firstLine };
    return bytes > 0 ? echo(bytes) : { request: 'PING\r\n', answer: firstLine };
  },
  nats: ({ bytes, untilClosed = false }) => ({
    // "QUIT" is no word of the protocol: the server says so, and closes. What follows PING in its line is ignored.
    request: untilClosed ? 'QUIT\r\n' : `${'PING'.padEnd(bytes - 2)}\r\n`,
    // The server speaks first: only what it says to this shows that bytes went both ways.
    answer: (received) => (/PONG\r\n|-ERR/.test(received.toString('latin1')) ? firstLine(received) : undefined),
  }),
};

/** Servers limit the length of a header too; a line of padding is no longer than this. */
const HEADER_BYTES_MAX = 1000;

function paddedRequest(head: string, bytes: number): string {
  const lines: string[] = [];
  const [name, end] = ['padding: ', '\r\n'];
  let missing = bytes - head.length - end.length;
  while (missing > name.length + end.length) {
    const length = Math.min(missing, HEADER_BYTES_MAX);
    lines.push(`${name}${'x'.repeat(length - name.length - end.length)}${end}`);
    missing -= length;
  }
  return `${head}${lines.join('')}${end}`;
}

/** Length 8, then the code 1234.5679: PostgreSQL answers with one byte, before any login. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);
const PROTOCOL_3_0 = 196_608;

/** Names no user: PostgreSQL refuses it once it has read it, and closes. */
function startUpPacket(bytes: number): Buffer {
  const [name, end] = ['application_name\0', '\0\0'];
  const value = 'x'.repeat(Math.max(1, bytes - 8 - name.length - end.length));
  const packet = Buffer.from(`\0\0\0\0\0\0\0\0${name}${value}${end}`, 'latin1');
  packet.writeInt32BE(packet.length, 0);
  packet.writeInt32BE(PROTOCOL_3_0, 4);
  return packet;
}

function firstByte(received: Buffer, question: string): string | undefined {
  return received.length === 0 ? undefined : `${received.toString('latin1', 0, 1)} to ${question}`;
}

function echo(bytes: number): StreamQuestion {
  const wrap = (value: string) => `$${value.length}\r\n${value}\r\n`;
  const command = `*2\r\n${wrap('ECHO')}`;
  const value = 'x'.repeat(Math.max(1, bytes - command.length - `$${bytes}\r\n\r\n`.length));
  const answerBytes = wrap(value).length;
  return {
    request: command + wrap(value),
    answer: (received) => {
      if (received.toString('latin1', 0, 1) === '-') return firstLine(received);
      return received.length < answerBytes ? undefined : `${value.length} bytes echoed`;
    },
  };
}
