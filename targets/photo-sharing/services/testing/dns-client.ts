import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import dnsPacket, { type Answer, type DecodedPacket, type Packet, type RecordType } from 'dns-packet';

export interface Question {
  name?: string;
  type?: RecordType;
  /** `203.0.113.9/32`, sent as EDNS client subnet. */
  subnet?: string;
  id?: number;
}

/** rcode is there although the package's types do not know it. */
export type Response = DecodedPacket & { rcode: string };

export function encodeQuestion({ name = 'photos.example', type = 'A', subnet, id = 4711 }: Question = {}): Buffer {
  const query: Packet = { type: 'query', id, flags: dnsPacket.RECURSION_DESIRED, questions: [{ name, type }] };
  return dnsPacket.encode({ ...query, additionals: subnet === undefined ? [] : [optWith(subnet)] });
}

/** Sends bytes over UDP and decodes the answer. */
export async function askUdp(port: number, message: Buffer): Promise<Response> {
  const socket = createSocket('udp4');
  try {
    socket.send(message, port, '127.0.0.1');
    const [answer] = await once(socket, 'message', { signal: AbortSignal.timeout(2000) });
    return dnsPacket.decode(answer) as Response;
  } finally {
    socket.close();
  }
}

/** Sends messages over one TCP connection, in pieces of one byte, and decodes as many answers. */
export async function askTcp(port: number, messages: readonly Buffer[]): Promise<Response[]> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const closed = new AbortController();
  socket.once('close', () => closed.abort());
  const signal = AbortSignal.any([AbortSignal.timeout(2000), closed.signal]);
  const responses: Response[] = [];
  let received = Buffer.alloc(0);
  try {
    for (const message of messages) {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(message.length);
      for (const byte of Buffer.concat([length, message])) socket.write(Buffer.from([byte]));
    }
    while (responses.length < messages.length) {
      const [data] = await once(socket, 'data', { signal });
      received = Buffer.concat([received, data]);
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const end = 2 + received.readUInt16BE(0);
        responses.push(dnsPacket.decode(received.subarray(2, end)) as Response);
        received = received.subarray(end);
      }
    }
    return responses;
  } finally {
    socket.destroy();
  }
}

/** The addresses in an answer. */
export function addressesOf({ answers = [] }: Packet): unknown[] {
  return answers.map((answer) => (answer.type === 'A' ? answer.data : answer.type));
}

/** The scope that came back with the client's subnet. */
export function scopeOf({ additionals = [] }: Packet): number | undefined {
  const opt = additionals.find((record) => record.type === 'OPT');
  const option = opt?.type === 'OPT' ? opt.options.find((each) => each.code === 8) : undefined;
  return option && 'scopePrefixLength' in option ? option.scopePrefixLength : undefined;
}

function optWith(subnet: string): Answer {
  const [ip = '', length] = subnet.split('/');
  const fixed = { name: '.', type: 'OPT' as const, ednsVersion: 0, extendedRcode: 0, flags: 0, flag_do: false };
  return { ...fixed, udpPayloadSize: 1232, options: [{ code: 8, ip, sourcePrefixLength: Number(length) }] };
}
