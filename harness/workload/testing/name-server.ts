import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import dns from 'dns-packet';

export interface TestAnswer {
  addresses: string[];
  ttlSeconds: number;
  scopePrefixLength?: number;
}

/** `truncated`: over UDP only; the whole answer is to be had over TCP. `null`: no answer at all. */
export type TestReply = TestAnswer | { code: number } | { truncated: TestAnswer } | null;

export interface TestNameServer {
  address: string;
  /** The client networks that were asked for, in order. */
  asked: string[];
  reply: (clientNetwork: string) => TestReply;
  close(): Promise<void>;
}

/** A real DNS server on UDP and TCP of one port, for tests; what it answers can be changed while it runs. */
export async function startNameServer(reply: TestNameServer['reply']): Promise<TestNameServer> {
  const udp = createSocket('udp4');
  udp.bind(0, '127.0.0.1');
  await once(udp, 'listening');
  const { port } = udp.address();
  const sockets = new Set<Socket>();
  const server: TestNameServer = {
    address: `127.0.0.1:${port}`,
    asked: [],
    reply,
    async close() {
      udp.close();
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => tcp.close(resolve));
    },
  };

  udp.on('message', (packet, { port: from, address }) => {
    const response = respond(packet, server, 'udp');
    if (response !== null) udp.send(response, from, address);
  });
  const tcp = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      const response = respond(data.subarray(2), server, 'tcp');
      if (response === null) return;
      const length = Buffer.alloc(2);
      length.writeUInt16BE(response.length);
      // In two pieces, as TCP may do.
      socket.write(Buffer.concat([length, response.subarray(0, 5)]));
      setImmediate(() => socket.write(response.subarray(5)));
    });
  });
  tcp.listen(port, '127.0.0.1');
  await once(tcp, 'listening');
  return server;
}

function respond(packet: Buffer, server: TestNameServer, transport: 'udp' | 'tcp'): Buffer | null {
  const { id = 0, questions = [], additionals = [] } = dns.decode(packet);
  const edns = additionals.find((record) => record.type === 'OPT');
  const option = edns?.options.find((candidate) => candidate.code === 8);
  if (option === undefined || !('ip' in option)) throw new Error('expected EDNS client subnet');
  const { sourcePrefixLength = 0 } = option;
  const network = `${option.ip}/${sourcePrefixLength}`;
  server.asked.push(network);
  const reply = server.reply(network);
  if (reply === null) return null;
  if ('code' in reply) return dns.encode({ id, type: 'response', flags: reply.code, questions });
  if ('truncated' in reply && transport === 'udp') {
    return dns.encode({ id, type: 'response', flags: dns.TRUNCATED_RESPONSE, questions });
  }
  const answer = 'truncated' in reply ? reply.truncated : reply;
  const name = questions[0]?.name ?? '';
  const { addresses, ttlSeconds: ttl, scopePrefixLength = 24 } = answer;
  return dns.encode({
    id,
    type: 'response',
    questions,
    answers: addresses.map((data) => ({ type: 'A', name, ttl, data })),
    additionals: [
      { ...edns!, options: [{ code: 8, family: 1, ip: option.ip, sourcePrefixLength, scopePrefixLength }] },
    ],
  });
}
