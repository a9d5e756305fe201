import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { EXIT_USAGE, Problem } from '../../base/errors.ts';
import { portHolder } from './port-holder.ts';

export const LOOPBACK = '127.0.0.1';

export interface PortRange {
  /** First and last port that may be used. */
  readonly from: number;
  readonly to: number;
}

/** Ports that nobody else of ours takes until they are released. */
export interface PortClaim {
  /** Free ones, TCP and UDP alike, in ascending order. */
  readonly ports: readonly number[];
  release(): Promise<void>;
}

const BLOCK_SIZE = 256;
/** Above what browsers refuse and most services use. */
const LOWEST_PORT = 10_240;
/** Where macOS, Windows and the IANA start ephemeral ports; Linux tells its own. */
const USUAL_EPHEMERAL_PORT = 49_152;

/**
 * Claims at least `count` free ports on 127.0.0.1, below the ephemeral range so that no outgoing connection takes one.
 * Each block of 256 is claimed by listening on its first port: two runs at once never share a block, and the
 * claim of a run that was killed ends by itself. Ports that somebody else uses are skipped.
 * @throws Problem `no-free-ports` (exit code 4), naming a taken port and, if known, who holds it.
 */
export async function claimPorts(count: number, range: PortRange = usualRange()): Promise<PortClaim> {
  const locks: Server[] = [];
  const ports: number[] = [];
  const taken: number[] = [];
  const release = async () => {
    await Promise.all(locks.splice(0).map((lock) => new Promise((resolve) => lock.close(resolve))));
  };
  for (let first = range.from; ports.length < count && first + BLOCK_SIZE - 1 <= range.to; first += BLOCK_SIZE) {
    const lock = await listenOn(first);
    if (lock === null) {
      taken.push(first);
      continue;
    }
    locks.push(lock);
    const others = Array.from({ length: BLOCK_SIZE - 1 }, (_, index) => first + 1 + index);
    const usable = await Promise.all(others.slice(0, count - ports.length + SPARE).map(isFree));
    usable.forEach((free, index) => {
      (free ? ports : taken).push(others[index]!);
    });
  }
  if (ports.length >= count) return { ports, release };
  await release();
  throw noFreePorts(count, range, taken[0]);
}

/** Looked at beyond what is asked for, so that a few taken ports do not cost another block. */
const SPARE = 16;

function usualRange(): PortRange {
  const ephemeral = lowestEphemeralPort();
  // A machine that gives every port away as ephemeral leaves no room below: each port is checked anyway.
  const to = ephemeral >= LOWEST_PORT + BLOCK_SIZE ? ephemeral - 1 : USUAL_EPHEMERAL_PORT - 1;
  return { from: LOWEST_PORT, to };
}

function lowestEphemeralPort(): number {
  try {
    return Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s/)[0]);
  } catch {
    return USUAL_EPHEMERAL_PORT;
  }
}

async function isFree(port: number): Promise<boolean> {
  const [server, datagrams] = await Promise.all([listenOn(port), bindDatagrams(port)]);
  await new Promise<void>((resolve) => (server === null ? resolve() : server.close(() => resolve())));
  return server !== null && datagrams;
}

async function listenOn(port: number): Promise<Server | null> {
  return await new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy()).unref();
    server.once('error', () => resolve(null));
    server.listen({ port, host: LOOPBACK, exclusive: true }, () => resolve(server));
  });
}

async function bindDatagrams(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => socket.close(() => resolve(false)));
    socket.bind({ port, address: LOOPBACK, exclusive: true }, () => socket.close(() => resolve(true)));
  });
}

function noFreePorts(count: number, { from, to }: PortRange, taken: number | undefined): Problem {
  const example = taken === undefined ? '' : `; port ${taken} is taken by ${portHolder(taken) ?? 'an unknown process'}`;
  return new Problem(`Found no ${count} free ports on ${LOOPBACK} between ${from} and ${to}${example}`, {
    code: 'no-free-ports',
    hint: 'Another run may be going on; leftovers of a dead one are removed by "npm run undo".',
    exitCode: EXIT_USAGE,
  });
}
