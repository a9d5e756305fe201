import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import dns from 'dns-packet';
import { messageOf, Problem } from '../../base/errors.ts';
import type { Random } from '../../base/random.ts';
import type { Address } from '../../model/topology.ts';

/** A stub resolver that hears nothing asks again; both attempts together stay below a user's patience. */
const ATTEMPTS = 2;
const ATTEMPT_TIMEOUT_MS = 500;
/** The payload that EDNS flag day 2020 recommends. */
const UDP_PAYLOAD_BYTES = 1232;
const RESPONSE_CODE_MASK = 0x0f;
const IPV4_FAMILY = 1;

export interface NameAnswer {
  /** IPv4 addresses, in the order of the answer. */
  addresses: string[];
  ttlMs: number;
  /** For which network around the client the answer holds (RFC 7871): 0 for everyone, 32 for this address alone. */
  scopePrefixLength: number;
}

/** UDP first, as resolvers do; TCP alone where a proxy on the way carries nothing else. */
export type NameTransport = 'udp' | 'tcp';

export interface NameQuestion {
  name: string;
  /** What is claimed in EDNS client subnet: `203.0.113.64/28`. */
  clientNetwork: string;
}

/**
 * Asks one name server for IPv4 addresses: over UDP, twice when nothing is heard, and over TCP when the answer was cut
 * short. Queries may overlap.
 */
export class NameServerConnection {
  readonly #server: Address;
  readonly #random: Random;
  readonly #socket: Socket;
  readonly #transport: NameTransport;
  readonly #waiting = new Map<number, (packet: Buffer) => void>();

  /** @param random draws the ids of queries */
  constructor(server: Address, random: Random, transport: NameTransport = 'udp') {
    this.#server = server;
    this.#random = random;
    this.#transport = transport;
    this.#socket = createSocket(server.host.includes(':') ? 'udp6' : 'udp4');
    // What is wrong with the way to the server shows as a query without an answer.
    this.#socket.on('error', () => undefined);
    this.#socket.on('message', (packet, { port }) => {
      if (port === server.port && packet.length > 2) this.#waiting.get(packet.readUInt16BE(0))?.(packet);
    });
  }

  /** @throws Problem `name-not-resolved`, saying what the server answered or that it did not. */
  async ask(question: NameQuestion): Promise<NameAnswer> {
    const id = this.#freeId();
    const query = encodeQuery(id, question);
    try {
      if (this.#transport === 'tcp') return answerOf(dns.decode(await this.#exchangeByTcp(query)), question);
      for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
        const packet = await this.#exchange(id, query);
        if (packet === undefined) continue;
        const response = dns.decode(packet);
        return answerOf(response.flag_tc ? dns.decode(await this.#exchangeByTcp(query)) : response, question);
      }
    } catch (thrown) {
      throw thrown instanceof Problem ? thrown : notResolved(question, messageOf(thrown));
    }
    throw notResolved(question, `no answer to ${ATTEMPTS} queries of ${ATTEMPT_TIMEOUT_MS} ms`);
  }

  close(): void {
    this.#socket.close();
  }

  #freeId(): number {
    for (;;) {
      const id = this.#random.integer(0, 0xffff);
      if (!this.#waiting.has(id)) return id;
    }
  }

  /** Undefined when nothing came in time. */
  async #exchange(id: number, query: Buffer): Promise<Buffer | undefined> {
    const { promise, resolve } = Promise.withResolvers<Buffer | undefined>();
    this.#waiting.set(id, resolve);
    const timer = setTimeout(() => resolve(undefined), ATTEMPT_TIMEOUT_MS);
    this.#socket.send(query, this.#server.port, this.#server.host);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(id);
    }
  }

  /** Messages over TCP have their length before them (RFC 1035, 4.2.2). */
  async #exchangeByTcp(query: Buffer): Promise<Buffer> {
    const socket = createConnection(this.#server);
    const signal = AbortSignal.timeout(ATTEMPT_TIMEOUT_MS);
    try {
      await once(socket, 'connect', { signal });
      const prefix = Buffer.alloc(2);
      prefix.writeUInt16BE(query.length);
      socket.write(Buffer.concat([prefix, query]));
      let received = Buffer.alloc(0);
      while (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) {
        const [chunk] = (await once(socket, 'data', { signal })) as [Buffer];
        received = Buffer.concat([received, chunk]);
      }
      return received.subarray(2, 2 + received.readUInt16BE(0));
    } finally {
      socket.on('error', () => undefined);
      socket.destroy();
    }
  }
}

function encodeQuery(id: number, { name, clientNetwork }: NameQuestion): Buffer {
  const [ip = '', prefixLength = ''] = clientNetwork.split('/');
  return dns.encode({
    id,
    type: 'query',
    flags: dns.RECURSION_DESIRED,
    questions: [{ type: 'A', name }],
    additionals: [
      {
        type: 'OPT',
        name: '.',
        udpPayloadSize: UDP_PAYLOAD_BYTES,
        extendedRcode: 0,
        ednsVersion: 0,
        flags: 0,
        flag_do: false,
        options: [{ code: 8, family: IPV4_FAMILY, sourcePrefixLength: Number(prefixLength), ip }],
      },
    ],
  });
}

function answerOf(response: dns.DecodedPacket, question: NameQuestion): NameAnswer {
  const code = (response.flags ?? 0) & RESPONSE_CODE_MASK;
  const records = (response.answers ?? []).filter((answer): answer is dns.StringAnswer => answer.type === 'A');
  if (code !== 0 || records.length === 0) {
    throw notResolved(question, code === 0 ? 'an answer without addresses' : `response code ${code}`);
  }
  return {
    addresses: records.map(({ data }) => data),
    ttlMs: Math.min(...records.map(({ ttl }) => ttl ?? 0)) * 1000,
    scopePrefixLength: scopeOf(response),
  };
}

/** A server that says nothing of subnets answers everyone alike. */
function scopeOf({ additionals = [] }: dns.DecodedPacket): number {
  const edns = additionals.find((record) => record.type === 'OPT');
  const option = edns?.options.find((candidate) => candidate.code === 8);
  return option !== undefined && 'scopePrefixLength' in option ? (option.scopePrefixLength ?? 0) : 0;
}

function notResolved({ name, clientNetwork }: NameQuestion, seen: string): Problem {
  return new Problem(`${name} was not resolved for ${clientNetwork}: ${seen}`, { code: 'name-not-resolved' });
}
