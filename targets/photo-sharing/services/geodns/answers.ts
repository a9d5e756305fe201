import dnsPacket, { type Answer, type OptAnswer, type Packet, type PacketOpt } from 'dns-packet';
import type { Choice, ClientNetwork } from './directory.ts';

/** Response codes of RFC 1035 and RFC 6891; those above 15 need the OPT record for their upper bits. */
const RESPONSE_CODES = { NOERROR: 0, FORMERR: 1, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5, BADVERS: 16 } as const;
export type ResponseCode = keyof typeof RESPONSE_CODES;

/** The EDNS option of RFC 7871. */
const CLIENT_SUBNET = 8;
const OPCODE_MASK = 0x7800;
/** What fits into one packet on every path without fragments (DNS flag day 2020). */
const UDP_PAYLOAD_MAX = 1232;
/** What every client takes over UDP without EDNS. */
const UDP_PAYLOAD_LEAST = 512;
const IPV4_BITS = 32;
const IPV6_BITS = 128;

export interface Zone {
  /** In lower case. */
  name: string;
  /** Names below it that have one and the same address for everybody, in lower case. */
  hosts: ReadonlyMap<string, string>;
  ttlSeconds: number;
  choose: (network: ClientNetwork) => Choice;
}

export interface Resolution {
  response: Buffer;
  code: ResponseCode;
  /** The datacenter in the answer. */
  datacenter: string | undefined;
  /** What the choice was made for. */
  network: ClientNetwork | undefined;
}

interface ClientSubnet {
  family: number;
  ip: string;
  sourcePrefixLength: number;
}

/** Answers one DNS message; undefined when it is not even a question, which then gets no answer. */
export function resolve(message: Buffer, sourceAddress: string, zone: Zone): Resolution | undefined {
  if (message.length < 12 || (message.readUInt16BE(2) & 0x8000) !== 0) return undefined;
  const query = decode(message);
  if (query === undefined) return refusal({ id: message.readUInt16BE(0) }, 'FORMERR');
  if (((query.flags ?? 0) & OPCODE_MASK) !== 0) return refusal(query, 'NOTIMP');
  if (query.questions?.length !== 1) return refusal(query, 'FORMERR');
  if ((optOf(query)?.ednsVersion ?? 0) !== 0) return refusal(query, 'BADVERS');
  return answer(query, sourceAddress, zone);
}

/** The response as it may be sent over UDP: too long for the client, it is cut to its header and asks for TCP. */
export function fitUdp(message: Buffer, response: Buffer): Buffer {
  const query = decode(message);
  const offered = (query && optOf(query)?.udpPayloadSize) ?? UDP_PAYLOAD_LEAST;
  const limit = Math.min(UDP_PAYLOAD_MAX, Math.max(UDP_PAYLOAD_LEAST, offered));
  if (response.length <= limit) return response;
  const { id = 0, flags = 0, questions = [], additionals = [] } = dnsPacket.decode(response);
  const cut = { id, type: 'response' as const, flags: flags | dnsPacket.TRUNCATED_RESPONSE, questions };
  return dnsPacket.encode({ ...cut, additionals: additionals.filter(({ type }) => type === 'OPT') });
}

function answer(query: Packet, sourceAddress: string, zone: Zone): Resolution {
  const { name, type, class: questionClass = 'IN' } = query.questions![0]!;
  const asked = name.toLowerCase();
  if (questionClass !== 'IN') return refusal(query, 'REFUSED');
  const address = zone.hosts.get(asked);
  if (address !== undefined) return authoritative(query, { code: 'NOERROR', zone, ...(type === 'A' && { address }) });
  if (asked.endsWith(`.${zone.name}`)) return authoritative(query, { code: 'NXDOMAIN', zone });
  if (asked !== zone.name) return refusal(query, 'REFUSED');
  if (type !== 'A') return authoritative(query, { code: 'NOERROR', zone });

  const subnet = clientSubnetOf(query);
  const network = subnet
    ? { address: subnet.ip, prefix: subnet.sourcePrefixLength }
    : { address: sourceAddress, prefix: sourceAddress.includes(':') ? IPV6_BITS : IPV4_BITS };
  return authoritative(query, { code: 'NOERROR', zone, choice: zone.choose(network), network });
}

interface AuthoritativeAnswer {
  code: ResponseCode;
  zone: Zone;
  choice?: Choice;
  network?: ClientNetwork;
  /** Whoever asks. */
  address?: string;
}

function authoritative(query: Packet, parts: AuthoritativeAnswer): Resolution {
  const { code, zone, choice, network, address = choice?.datacenter.address } = parts;
  const { ttlSeconds: ttl, name } = zone;
  const asked = query.questions![0]!.name;
  const answers: Answer[] = address === undefined ? [] : [{ name: asked, type: 'A', ttl, data: address }];
  const response = encode(query, {
    code,
    authoritative: true,
    answers,
    // What does not exist is remembered no longer than what does.
    authorities: address === undefined ? [startOfAuthority(name, ttl)] : [],
    scope: choice?.scope ?? 0,
  });
  return { response, code, datacenter: choice?.datacenter.name, network };
}

function refusal(query: Packet, code: ResponseCode): Resolution {
  const response = encode(query, { code, authoritative: false, answers: [], authorities: [], scope: 0 });
  return { response, code, datacenter: undefined, network: undefined };
}

interface ResponseParts {
  code: ResponseCode;
  authoritative: boolean;
  answers: Answer[];
  authorities: Answer[];
  scope: number;
}

function encode(query: Packet, { code, authoritative, answers, authorities, scope }: ResponseParts): Buffer {
  const value = RESPONSE_CODES[code];
  const kept = (query.flags ?? 0) & (OPCODE_MASK | dnsPacket.RECURSION_DESIRED);
  return dnsPacket.encode({
    id: query.id ?? 0,
    type: 'response',
    flags: kept | (authoritative ? dnsPacket.AUTHORITATIVE_ANSWER : 0) | (value & 0xf),
    questions: query.questions ?? [],
    answers,
    authorities,
    additionals: optAnswers(query, value >> 4, scope),
  });
}

/** A client that speaks EDNS gets it back, and its subnet with the scope for which the answer holds. */
function optAnswers(query: Packet, extendedRcode: number, scopePrefixLength: number): Answer[] {
  if (optOf(query) === undefined) return [];
  const subnet = clientSubnetOf(query);
  const options: PacketOpt[] = subnet ? [{ code: CLIENT_SUBNET, ...subnet, scopePrefixLength }] : [];
  const fixed = { name: '.', type: 'OPT' as const, ednsVersion: 0, flags: 0, flag_do: false };
  return [{ ...fixed, udpPayloadSize: UDP_PAYLOAD_MAX, extendedRcode, options }];
}

function startOfAuthority(name: string, ttl: number): Answer {
  const times = { serial: 1, refresh: 3600, retry: 600, expire: 86_400, minimum: ttl };
  return { name, type: 'SOA', ttl, data: { mname: `ns.${name}`, rname: `hostmaster.${name}`, ...times } };
}

function optOf({ additionals = [] }: Packet): OptAnswer | undefined {
  return additionals.find((record): record is OptAnswer => record.type === 'OPT');
}

function clientSubnetOf(query: Packet): ClientSubnet | undefined {
  for (const option of optOf(query)?.options ?? []) {
    if ('ip' in option && option.ip !== undefined) {
      const family = option.family ?? 1;
      return { family, ip: option.ip, sourcePrefixLength: option.sourcePrefixLength ?? 0 };
    }
  }
  return undefined;
}

/** Undefined when the message is malformed; a subnet longer than its address is, too. */
function decode(message: Buffer): Packet | undefined {
  try {
    const query = dnsPacket.decode(message);
    const subnet = clientSubnetOf(query);
    const bits = subnet?.family === 1 ? IPV4_BITS : IPV6_BITS;
    return subnet !== undefined && subnet.sourcePrefixLength > bits ? undefined : query;
  } catch {
    return undefined;
  }
}
