import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CUT, type EdgeChange, type FaultNetwork } from '../harness/model/running-target.ts';
import { ToxiproxyExtensions } from '../harness/runtime/network/extensions.ts';
import { ToxiproxyNetwork } from '../harness/runtime/network/network.ts';
import { killGroups } from '../harness/runtime/process/killing.ts';
import { LoggedProcess } from '../harness/runtime/process/logged-process.ts';
import { claimPorts, LOOPBACK } from '../harness/runtime/process/ports.ts';
import { startToxiproxy } from '../harness/runtime/process/toxiproxy-process.ts';
import type { WiredEdge } from '../harness/runtime/wiring.ts';
import { summarize } from './statistics.ts';

const EDGES = 100;

type Inject = (network: FaultNetwork, edges: readonly string[]) => Promise<EdgeChange[]>;

const attributes = { latency: 100, jitter: 0 };
const FAULTS: Readonly<Record<string, Inject>> = {
  latency: (network, edges) =>
    network.impair(edges, [
      { type: 'latency', stream: 'upstream', attributes },
      { type: 'latency', stream: 'downstream', attributes },
    ]),
  blackhole: (network, edges) => network.impair(edges, CUT),
  refuse: (network, edges) => network.refuse(edges),
};

/**
 * `npm run bench faults [ROUNDS]`: faults on 100 edges of one embedded server, a connection open on each. The onset is
 * from the first edge that a fault acts on to the last; injection and undo are from the call to its end.
 */
export async function bench([rounds = '10']: string[]): Promise<void> {
  const network = await startNetwork();
  try {
    for (const [name, inject] of Object.entries(FAULTS)) {
      const onsetMs: number[] = [];
      const injectMs: number[] = [];
      const undoMs: number[] = [];
      for (let round = 0; round < Number(rounds); round += 1) {
        const sockets = await network.openAll();
        const fault = network.edges.forFault(`${name}${round}`);
        const [changes, tookMs] = await timed(() => inject(fault, network.names));
        const times = changes.map(({ atMs }) => atMs);
        onsetMs.push(Math.max(...times) - Math.min(...times));
        injectMs.push(tookMs);
        undoMs.push((await timed(() => fault.heal(network.names)))[1]);
        for (const socket of sockets) socket.destroy();
      }
      const figures = { onset: onsetMs, injection: injectMs, undo: undoMs };
      for (const [what, values] of Object.entries(figures)) {
        process.stdout.write(`${name.padEnd(10)} ${what.padEnd(10)} ${summarize(values, 'ms')}\n`);
      }
    }
  } finally {
    await network.stop();
  }
}

async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
  const startMs = performance.now();
  return [await work(), performance.now() - startMs];
}

interface BenchNetwork {
  readonly edges: ToxiproxyNetwork;
  readonly names: readonly string[];
  /** A connection on every edge that has carried a byte each way. */
  openAll(): Promise<Socket[]>;
  stop(): Promise<void>;
}

async function startNetwork(): Promise<BenchNetwork> {
  const folder = await mkdtemp(join(tmpdir(), 'faultline-bench-'));
  const claim = await claimPorts(EDGES + 2);
  const [api = 0, far = 0, ...ports] = claim.ports;
  const address = { host: LOOPBACK, port: api };
  const upstream = createServer((socket) => socket.on('error', () => undefined).pipe(socket)).listen(far, LOOPBACK);
  const [directory, logFile] = [join(folder, 'work'), join(folder, 'toxiproxy.log')];
  const server = new LoggedProcess({ name: 'toxiproxy', directory, logFile, record: () => undefined });
  await startToxiproxy(server, { address, seed: 1 });
  const wired = ports.slice(0, EDGES).map(
    (port, index): WiredEdge => ({
      name: `near->far:${index}`,
      listen: { host: LOOPBACK, port },
      upstream: { host: LOOPBACK, port: far },
      datagrams: false,
      latencyMs: 0,
    }),
  );
  const edges = await ToxiproxyNetwork.create(address, wired, { extensions: await ToxiproxyExtensions.find(address) });
  return {
    edges,
    names: wired.map(({ name }) => name),
    openAll: () => Promise.all(wired.map(({ listen: { port } }) => openEcho(port))),
    async stop() {
      edges.close();
      await killGroups([server.group]);
      upstream.close();
      await claim.release();
      await rm(folder, { recursive: true });
    },
  };
}

async function openEcho(port: number): Promise<Socket> {
  const socket = connect(port, LOOPBACK).on('error', () => undefined);
  socket.write('x');
  await once(socket, 'data');
  return socket;
}
