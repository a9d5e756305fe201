import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { median } from '../harness/base/median.ts';
import * as loads from './toxiproxy/loads.ts';

/**
 * One measurement, and rounds over all variants. Short and many: what disturbs the machine then hits all variants of a
 * round alike, and the median of the rounds' ratios is what counts.
 */
const DURATION_MS = 500;
const ROUNDS_DEFAULT = 9;
const IDLE_CONNECTIONS = 5000;
const BANDWIDTH_KB = 4000;
/** As in `npm run toxiproxy`. */
const NODE_FLAGS = ['--max-semi-space-size=2'];
const API_ROUNDS = 3;
const API_CALLS = 300;

/** One way from the client to the upstream. */
interface Variant {
  name: 'direct' | 'naive' | 'ours';
  port: number;
  child: ChildProcess | undefined;
}

/** Ours beside a naive `net` + pipe proxy and no proxy, in alternating rounds. On a shared machine only ratios mean something. */
export async function bench([rounds = String(ROUNDS_DEFAULT)]: string[]): Promise<void> {
  const children: ChildProcess[] = [];
  try {
    const { line } = await launch('toxiproxy/upstream.ts', [], children);
    const upstream = Number(line);
    const naive = await launchNaive([line], children);
    const ours = await launchOurs(children);
    const edge = await createProxy(ours.url, 'edge', upstream);
    const variants: Variant[] = [
      { name: 'direct', port: upstream, child: undefined },
      { name: 'naive', port: naive.port, child: naive.child },
      { name: 'ours', port: edge, child: ours.child },
    ];
    print(['', 'direct', 'naive', 'ours', 'ours/naive', 'per CPU second']);
    await measureThroughput(variants, Number(rounds));
    await measureMemory(upstream, children);
    await measureLatencyErrors(upstream, ours.url, children);
    await measureBandwidth(upstream, ours.url);
    await measureApi(upstream, { url: ours.url, edge }, children);
  } finally {
    for (const child of children) child.kill('SIGKILL');
  }
}

async function measureThroughput(variants: Variant[], rounds: number): Promise<void> {
  const keepAlive = (connections: number) => async (port: number) =>
    (await loads.keepAlive(port, { connections, durationMs: DURATION_MS })).perSecond;
  const measurements: [string, (port: number) => Promise<number>, number][] = [
    ['requests/s, 1 connection', keepAlive(1), 0],
    ['requests/s, 32 connections', keepAlive(32), 0],
    ['requests/s, 256 connections', keepAlive(256), 0],
    ['new connections/s', (port) => loads.newConnections(port, DURATION_MS), 0],
    ['bulk, Gbit/s', (port) => loads.bulk(port, DURATION_MS), 2],
  ];
  for (const [title, measure, digits] of measurements) {
    const results = variants.map(() => ({ rate: [] as number[], perCpuSecond: [] as number[] }));
    const order = [...variants.entries()];
    for (let round = 0; round < rounds; round += 1) {
      for (const [index, { port, child }] of order.reverse()) {
        const cpuBefore = cpuSeconds(child);
        const rate = await measure(port);
        results[index]!.rate.push(rate);
        results[index]!.perCpuSecond.push(rate / (cpuSeconds(child) - cpuBefore));
      }
    }
    const [, naive, ours] = results;
    const shown = results.map(({ rate }) => median(rate).toFixed(digits));
    const ratios = [ratio(ours!.rate, naive!.rate), ratio(ours!.perCpuSecond, naive!.perCpuSecond)];
    print([title, ...shown, ...ratios.map((value) => value.toFixed(2))]);
  }
}

/** The median of the ratios of what was measured one after the other. */
function ratio(values: readonly number[], others: readonly number[]): number {
  return median(values.map((value, index) => value / others[index]!));
}

/** Resident memory of a proxy process, started anew, while this many connections do nothing. */
async function measureMemory(upstream: number, children: ChildProcess[]): Promise<void> {
  const naive = await launchNaive([String(upstream)], children);
  const ours = await launchOurs(children);
  const edge = await createProxy(ours.url, 'edge', upstream);
  const shown: string[] = [];
  for (const { port, child } of [naive, { port: edge, child: ours.child }]) {
    const before = residentBytes(child);
    const sockets = await loads.openIdle(port, IDLE_CONNECTIONS);
    await delay(500);
    shown.push(`${(before / 1e6).toFixed(0)} -> ${(residentBytes(child) / 1e6).toFixed(0)}`);
    for (const socket of sockets) socket.destroy();
  }
  print([`MB before -> with ${IDLE_CONNECTIONS} idle connections`, '-', ...shown]);
}

async function measureLatencyErrors(upstream: number, url: string, children: ChildProcess[]): Promise<void> {
  for (const latencyMs of [1, 5, 20]) {
    const naive = await launchNaive([String(upstream), String(latencyMs)], children);
    const ours = await createProxy(url, `latency ${latencyMs}`, upstream, [
      { type: 'latency', attributes: { latency: latencyMs } },
    ]);
    const shown: string[] = [];
    for (const port of [naive.port, ours]) {
      const { p50Ms, p95Ms, minimumMs } = await loads.latencyErrors(port, { latencyMs, count: 150 });
      shown.push(`${p50Ms.toFixed(2)}/${p95Ms.toFixed(2)}${minimumMs < 0 ? ' EARLY' : ''}`);
    }
    print([`latency ${latencyMs} ms: error p50/p95 ms`, '-', ...shown]);
  }
}

async function measureBandwidth(upstream: number, url: string): Promise<void> {
  const port = await createProxy(url, 'bandwidth', upstream, [
    { type: 'bandwidth', attributes: { rate: BANDWIDTH_KB } },
  ]);
  const { socket, received } = loads.openBulk(port);
  await delay(500);
  const startBytes = received();
  const startedAtMs = performance.now();
  await delay(5000);
  const share = (received() - startBytes) / ((performance.now() - startedAtMs) * BANDWIDTH_KB);
  socket.destroy();
  print([`bandwidth ${BANDWIDTH_KB} KB/s: share of it`, '-', '-', `${(share * 100).toFixed(2)} %`]);
}

/** How long HTTP requests to the same process take while its data plane is saturated and one client does not read. */
async function measureApi(upstream: number, ours: { url: string; edge: number }, children: ChildProcess[]) {
  const naive = await launchNaive([String(upstream), '0', 'api'], children);
  const answering = [
    { url: `http://127.0.0.1:${naive.apiPort}/`, port: naive.port, tookMs: [] as number[] },
    { url: `${ours.url}/proxies/edge`, port: ours.edge, tookMs: [] as number[] },
  ];
  for (let round = 0; round < API_ROUNDS; round += 1) {
    for (const { url, port, tookMs } of answering) {
      const load = startChild('toxiproxy/saturation.ts', [String(port)], children);
      await once(load.stdout!, 'data');
      tookMs.push(...(await loads.answerTimes(url, API_CALLS)));
      load.kill('SIGKILL');
      await once(load, 'exit');
    }
  }
  const shown = answering.map(({ tookMs }) => {
    return [0.5, 0.99].map((share) => loads.percentile(tookMs, share).toFixed(1)).join('/');
  });
  print(['API while saturated: p50/p99 ms', '-', ...shown]);
}

interface Naive {
  child: ChildProcess;
  port: number;
  apiPort: number | undefined;
}

async function launchNaive(flags: string[], children: ChildProcess[]): Promise<Naive> {
  const { child, line } = await launch('toxiproxy/naive-proxy.ts', flags, children);
  const [port, apiPort] = line.split(' ').map(Number);
  return { child, port: port!, apiPort };
}

async function launchOurs(children: ChildProcess[]): Promise<{ child: ChildProcess; url: string }> {
  const { child, line } = await launch('../harness/toxiproxy/start.mjs', ['--port', '0'], children, NODE_FLAGS);
  const { listening } = JSON.parse(line) as { listening: string };
  return { child, url: `http://${listening}` };
}

/** A process of the benchmark and the first line that it says. */
async function launch(file: string, flags: string[], children: ChildProcess[], nodeFlags: string[] = []) {
  const child = startChild(file, flags, children, nodeFlags);
  const [line] = (await once(child.stdout!, 'data')) as [Buffer];
  return { child, line: String(line).trim() };
}

function startChild(file: string, flags: string[], children: ChildProcess[], nodeFlags: string[] = []): ChildProcess {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = spawn(process.execPath, [...nodeFlags, path, ...flags], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  return child;
}

async function createProxy(url: string, name: string, upstream: number, toxics: object[] = []): Promise<number> {
  const body = JSON.stringify({ name, listen: '127.0.0.1:0', upstream: `127.0.0.1:${upstream}`, toxics });
  const answer = await fetch(`${url}/proxies`, { method: 'POST', body });
  const { listen } = (await answer.json()) as { listen: string };
  return Number(listen.split(':')[1]);
}

/** CPU time of a process and its threads on Linux; NaN where that cannot be told. */
function cpuSeconds(child: ChildProcess | undefined): number {
  if (child?.pid === undefined || process.platform !== 'linux') return Number.NaN;
  const tasks = readdirSync(`/proc/${child.pid}/task`);
  const spent = (task: string) =>
    Number(readFileSync(`/proc/${child.pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]);
  return tasks.reduce((sum, task) => sum + spent(task), 0) / 1e9;
}

function residentBytes(child: ChildProcess): number {
  if (process.platform !== 'linux') return Number.NaN;
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}

function print(cells: string[]): void {
  const [title = '', ...values] = cells;
  process.stdout.write(`${title.padEnd(44)}${values.map((value) => value.padStart(15)).join('')}\n`);
}
