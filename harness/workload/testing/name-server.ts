import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
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
  reply: (clientNetwork: string, name: string) => TestReply;
  close(): Promise<void>;
}

/** A real DNS server on UDP and TCP of one port, for tests; what it answers can be changed while it runs. */
export async function startNameServer(reply: TestNameServer['reply']): Promise<TestNameServer> {
  const tcp = createServer();
  const udp = await listenOnOnePort(tcp);
  const sockets = new Set<Socket>();
  const server: TestNameServer = {
    address: `127.0.0.1:${udp.address().port}`,
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
  tcp.on('connection', (socket) => {
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
  return server;
}

/** A port that is free for one protocol may be taken for the other: then another one is tried. */
async function listenOnOnePort(tcp: Server): Promise<UdpSocket> {
  for (let triesLeft = 20; ; triesLeft -= 1) {
    tcp.listen(0, '127.0.0.1');
    await once(tcp, 'listening');
    const udp = createSocket('udp4');
    try {
      udp.bind((tcp.address() as AddressInfo).port, '127.0.0.1');
      await once(udp, 'listening');
      return udp;
    } catch (thrown) {
      udp.close();
      await new Promise((resolve) => tcp.close(resolve));
      if (triesLeft <= 1) throw thrown;
    }
  }
}

function respond(packet: Buffer, server: TestNameServer, transport: 'udp' | 'tcp'): Buffer | null {
  const { id = 0, questions = [], additionals = [] } = dns.decode(packet);
  const edns = additionals.find((record) => record.type === 'OPT');
  const option = edns?.options.find((candidate) => candidate.code === 8);
  if (option === undefined || !('ip' in option)) throw new Error('expected EDNS client subnet');
  const { sourcePrefixLength = 0 } = option;
  const network = `${option.ip}/${sourcePrefixLength}`;
  server.asked.push(network);
  const name = questions[0]?.name ?? '';
  const reply = server.reply(network, name);
  if (reply === null) return null;
  if ('code' in reply) return dns.encode({ id, type: 'response', flags: reply.code, questions });
  if ('truncated' in reply && transport === 'udp') {
    return dns.encode({ id, type: 'response', flags: dns.TRUNCATED_RESPONSE, questions });
  }
  const answer = 'truncated' in reply ? reply.truncated : reply;
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
