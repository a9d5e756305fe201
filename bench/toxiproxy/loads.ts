import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const REQUEST = Buffer.from('GET / HTTP/1.1\r\nHost: bench\r\n\r\n');
export const RESPONSE = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\nHello, world!');

/** Before a measurement counts: connections are made and code is compiled in this time. */
const SETTLE_MS = 250;

/** Requests on connections that stay open, one at a time on each, for this long. */
export async function keepAlive(
  port: number,
  { connections, durationMs }: { connections: number; durationMs: number },
) {
  let latenciesMs: number[] = [];
  const sockets = Array.from({ length: connections }, () =>
    requestLoop(port, (latencyMs) => latenciesMs.push(latencyMs)),
  );
  await delay(SETTLE_MS);
  latenciesMs = [];
  const startedAtMs = performance.now();
  await delay(durationMs);
  const perSecond = (latenciesMs.length / (performance.now() - startedAtMs)) * 1000;
  for (const socket of sockets) socket.destroy();
  return { perSecond, p50Ms: percentile(latenciesMs, 0.5) };
}

/** Asks again whenever an answer has come. */
export function requestLoop(port: number, onAnswer: (latencyMs: number) => void): Socket {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let askedAtMs = 0;
  let missingBytes = 0;
  const ask = () => {
    askedAtMs = performance.now();
    missingBytes = RESPONSE.length;
    socket.write(REQUEST);
  };
  socket.on('connect', ask);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    missingBytes -= chunk.length;
    if (missingBytes > 0) return;
    onAnswer(performance.now() - askedAtMs);
    ask();
  });
  return socket;
}

/** Connections made, used for one request and closed, 16 at a time. */
export async function newConnections(port: number, durationMs: number): Promise<number> {
  let answered = 0;
  let running = true;
  const one = async () => {
    while (running) {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      socket.write(REQUEST);
      await once(socket, 'data').then(
        () => {
          answered += 1;
        },
        () => {},
      );
      socket.destroy();
    }
  };
  const workers = Array.from({ length: 16 }, one);
  await delay(SETTLE_MS);
  answered = 0;
  const startedAtMs = performance.now();
  await delay(durationMs);
  const perSecond = (answered / (performance.now() - startedAtMs)) * 1000;
  running = false;
  await Promise.all(workers);
  return perSecond;
}

/** Gigabits per second that one connection can receive. */
export async function bulk(port: number, durationMs: number): Promise<number> {
  const { socket, received } = openBulk(port);
  await delay(SETTLE_MS);
  const startBytes = received();
  const startedAtMs = performance.now();
  await delay(durationMs);
  const gigabits = ((received() - startBytes) * 8) / 1e9;
  const seconds = (performance.now() - startedAtMs) / 1000;
  socket.destroy();
  return gigabits / seconds;
}

/** A connection that receives as fast as it can. */
export function openBulk(port: number): { socket: Socket; received: () => number } {
  let bytes = 0;
  const onread = {
    buffer: Buffer.alloc(256 * 1024),
    callback: (length: number) => {
      bytes += length;
      return true;
    },
  };
  const socket = connect({ port, host: '127.0.0.1', onread });
  socket.on('error', () => socket.destroy());
  socket.write('BULK');
  return { socket, received: () => bytes };
}

/** Connections that have answered once and then say nothing. */
export async function openIdle(port: number, count: number): Promise<Socket[]> {
  const sockets: Socket[] = [];
  while (sockets.length < count) {
    const batch = Array.from({ length: 100 }, () => connect({ port, host: '127.0.0.1' }));
    sockets.push(...batch);
    await Promise.all(
      batch.map((socket) => {
        socket.write(REQUEST);
        return once(socket, 'data');
      }),
    );
  }
  return sockets;
}

/** How much longer than `latencyMs` answers take, one after the other on one connection. */
export async function latencyErrors(port: number, { latencyMs, count }: { latencyMs: number; count: number }) {
  const errorsMs: number[] = [];
  const socket = requestLoop(port, (tookMs) => errorsMs.push(tookMs - latencyMs));
  while (errorsMs.length < count + 5) await delay(20);
  socket.destroy();
  const settled = errorsMs.slice(5);
  return { p50Ms: percentile(settled, 0.5), p95Ms: percentile(settled, 0.95), minimumMs: Math.min(...settled) };
}

/** How long each of so many HTTP requests takes, one after the other. */
export async function answerTimes(url: string, count: number): Promise<number[]> {
  const tookMs: number[] = [];
  while (tookMs.length < count) {
    const startedAtMs = performance.now();
    await (await fetch(url)).text();
    tookMs.push(performance.now() - startedAtMs);
    await delay(5);
  }
  return tookMs;
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
