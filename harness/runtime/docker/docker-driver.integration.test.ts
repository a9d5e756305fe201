import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, before, beforeEach, describe, it } from 'mocha';
import { pack } from 'tar-stream';
import { pollUntil } from '../../base/poll.ts';
import { CUT } from '../../model/running-target.ts';
import { edgeName, type Topology } from '../../model/topology.ts';
import { sweepDeadRuns } from '../../run/leftovers.ts';
import { probeEdge } from '../edge-probe.ts';
import { DRIVERS_UNDER_TEST, testImage } from '../testing/drivers-under-test.ts';
import { smallTopology, TEST_SOURCES, testTopology, topologyOf } from '../testing/test-topology.ts';
import { startContainers } from './docker-driver.ts';
import type { DockerTarget } from './docker-target.ts';
import type { Engine } from './engine.ts';
import { ensureForeignImage } from './image/foreign-image.ts';
import { NODE_LABEL, RUN_LABEL } from './labels.ts';
import type { PresentImage } from './start-options.ts';
import { engineOrSkip } from './testing/engine.ts';

const ANSWER_MS = 10_000;
const HARNESS = fileURLToPath(new URL('../testing/fixtures/container-harness.ts', import.meta.url));
const { leftOf } = DRIVERS_UNDER_TEST.find(({ name }) => name === 'docker')!;

/** Tries to connect to each address of its argument, and prints those that let it. */
const CONNECTOR = `
const { connect } = require('node:net');
const tries = JSON.parse(process.argv[1]).map((address) => new Promise((resolve) => {
  const [host, port] = address.split(':');
  const socket = connect({ host, port: Number(port) });
  const end = (reached) => { socket.destroy(); resolve(reached ? [address] : []); };
  socket.once('connect', () => end(true)).once('error', () => end(false));
  setTimeout(() => end(false), 1500);
}));
Promise.all(tries).then((reached) => { console.log(JSON.stringify(reached.flat())); process.exit(0); });
`;

describe('Containers of a target', function () {
  this.timeout(120_000);
  let engine: Engine;
  let image: PresentImage;
  let logDirectory: string;
  let target: DockerTarget | undefined;
  let harness: ChildProcess | undefined;
  let runs = 0;
  let runId: string;

  before(async function () {
    engine = await engineOrSkip(this);
    image = await testImage(engine);
  });
  beforeEach(() => {
    logDirectory = mkdtempSync(join(tmpdir(), 'faultline-logs-'));
    runs += 1;
    runId = `test-containers-${process.pid}-${runs}`;
  });
  afterEach(async () => {
    await target?.tearDown();
    target = undefined;
    harness?.kill('SIGKILL');
    harness = undefined;
    rmSync(logDirectory, { recursive: true });
    assert.deepEqual(await leftOf(runId), []);
  });

  const start = async (topology: Topology, more: { foreignImage?: string } = {}): Promise<DockerTarget> => {
    target = await startContainers(topology, {
      ...{ runId, logDirectory, sources: TEST_SOURCES, seed: 1, engine, image, ...more },
    });
    return target;
  };
  const containerOf = async (node: string) => {
    const filters = { label: [`${RUN_LABEL}=${runId}`, `${NODE_LABEL}=${node}`] };
    const [found] = await engine.api.listContainers({ filters });
    return engine.api.getContainer(found!.Id);
  };
  const connectFrom = async (node: string, addresses: readonly string[]): Promise<string[]> => {
    const execution = await (await containerOf(node)).exec({
      Cmd: [image.definition.programs.node!, '-e', CONNECTOR, JSON.stringify(addresses)],
      AttachStdout: true,
      Tty: true,
    });
    const output = await text(await execution.start({ Tty: true }));
    return JSON.parse(output) as string[];
  };
  const addressesOf = async (node: string): Promise<string[]> => {
    const { NetworkSettings: settings } = await (await containerOf(node)).inspect();
    return Object.values(settings.Networks).map(({ IPAddress }) => IPAddress);
  };

  it('cannot go around the proxies: no address of another zone is reachable but by an edge of the own', async () => {
    const { edgeAddress, addressOf } = await start({
      ...smallTopology,
      edges: [...smallTopology.edges, { from: 'service.left', to: 'cache.right', port: 'redis', plane: 'data' }],
    }).then((running) => ({
      edgeAddress: (name: string) => running.edgeAddress(name),
      addressOf: (node: string, port: string) => running.addressOf(node, port),
    }));
    const text = ({ host, port }: { host: string; port: number }) => `${host}:${port}`;
    const own = text(edgeAddress('service.left->cache.right:redis'));
    const [inLeft, ...elsewhere] = await sortedProxyAddresses(own);
    const around = [
      text(addressOf('cache.right', 'redis')),
      text(edgeAddress('clients->cache.right:redis')),
      ...elsewhere.flatMap((host) => [`${host}:8474`, `${host}:${own.split(':')[1]}`]),
      `${inLeft}:8474`,
    ];
    assert.deepEqual(await connectFrom('service.left', [own, ...around]), [own]);

    /** Of the Toxiproxy container, the one that the edge is on first. */
    async function sortedProxyAddresses(edge: string): Promise<string[]> {
      const all = await addressesOf('toxiproxy');
      assert.equal(all.length, smallTopology.zones.length + 1);
      return all.sort((a, b) => Number(edge.startsWith(`${b}:`)) - Number(edge.startsWith(`${a}:`)));
    }
  });

  it('let root see where a process of another user works, as the database agent must', async () => {
    await start(topologyOf('database', [testTopology.nodes.find(({ name }) => name === 'db.right')!]));
    const look = 'for process in /proc/[0-9]*; do readlink $process/cwd; done';
    const execution = await (await containerOf('db.right')).exec({
      Cmd: ['sh', '-c', look],
      AttachStdout: true,
      Tty: true,
    });
    const directories = (await text(await execution.start({ Tty: true }))).split(/\r?\n/);
    // The postmaster, and at least the processes that each of them has from its start.
    assert.ok(directories.filter((directory) => directory === '/node/data').length >= 4, directories.join(' '));
  });

  it('leave the processors to those that serve until they are ready', async () => {
    const running = await start(smallTopology);
    const service = await containerOf('service.left');
    const share = async () => (await service.inspect()).HostConfig.CpuShares;
    assert.equal(await share(), 1024);
    await running.kill(['service.left']);
    const startedAtS = Date.now() / 1000;
    await running.start(['service.left']);
    const expected = ['update', 'start', 'update'];
    // The engine tells of what it did a moment after it has answered.
    const actions = await pollUntil(
      async () => {
        const events = await engine.api.getEvents({
          since: startedAtS,
          until: Date.now() / 1000,
          filters: JSON.stringify({ container: [service.id], event: ['update', 'start'] }),
        });
        const seen = [...(await text(Readable.from(events))).matchAll(/"Action":"(\w+)"/g)].map(([, action]) => action);
        return seen.length >= expected.length ? { done: true, value: seen } : { done: false, seen: seen.join(', ') };
      },
      { subject: 'the engine to tell of the start', timeoutMs: 5000 },
    );
    assert.deepEqual(actions, expected);
    assert.equal(await share(), 1024);
  });

  it('use no more than their limits', async () => {
    const [service, ...others] = smallTopology.nodes;
    await start({ ...smallTopology, nodes: [{ ...service!, limits: { cpus: 0.5, memoryMebibytes: 200 } }, ...others] });
    const { HostConfig: settings } = await (await containerOf('service.left')).inspect();
    const { CpuPeriod: period, CpuQuota: quota, Memory: memory, MemorySwap: swap } = settings;
    assert.deepEqual([quota! / period!, memory, swap], [0.5, 200 * 2 ** 20, 200 * 2 ** 20]);
  });

  it('are reached by published ports, and killed by the engine, where it is not here', async () => {
    process.env.FAULTLINE_DOCKER_ACCESS = 'published';
    try {
      const running = await start(smallTopology);
      for (const edge of smallTopology.edges.map(edgeName).filter((name) => !name.includes('collector'))) {
        assert.equal(running.edgeAddress(edge).host, '127.0.0.1');
        assert.equal((await probeEdge(running, edge, { timeoutMs: ANSWER_MS })).outcome, 'answered', edge);
      }
      const { host, port } = running.addressOf('service.left', 'http');
      assert.match(await (await fetch(`http://${host}:${port}/healthz`)).text(), /^good day/);
      // The engine is taken to be elsewhere: it pauses and kills, one container after the other.
      const nodes = smallTopology.nodes.map(({ name }) => name);
      await running.pause(nodes.slice(0, 1));
      await running.kill(nodes);
      for (const node of nodes) {
        assert.deepEqual(await running.status(node), {
          state: 'exited',
          processes: 0,
          exitCode: null,
          startedAtMs: null,
        });
      }
      await running.start(nodes);
    } finally {
      delete process.env.FAULTLINE_DOCKER_ACCESS;
    }
  });

  it('take another Toxiproxy server by the name of its image, which is started as the original is', async () => {
    const foreignImage = `faultline-test-toxiproxy:${process.pid}`;
    const context = pack();
    // Knows the original's flags, -host and -port, and nothing of ours.
    const server = `exec ${image.definition.programs.node} /faultline/harness/toxiproxy/main.ts --host "$1" --port "$3"`;
    const dockerfile = [`FROM ${image.tag}`, `ENTRYPOINT ["sh", "-c", ${JSON.stringify(server)}]`].join('\n');
    context.entry({ name: 'Dockerfile' }, dockerfile);
    context.finalize();
    await text(await engine.api.buildImage(Readable.from(context), { t: foreignImage }));
    try {
      const running = await start(smallTopology, { foreignImage });
      const edge = 'clients->cache.right:redis';
      assert.equal((await probeEdge(running, edge, { timeoutMs: ANSWER_MS })).outcome, 'answered');
      await running.network.forFault('test').impair([edge], CUT);
      assert.equal((await probeEdge(running, edge, { timeoutMs: 400 })).outcome, 'silent');
      await running.tearDown();
    } finally {
      await engine.api.getImage(foreignImage).remove();
    }
  });

  it('say which image of a Toxiproxy server is nowhere to be had', async () => {
    const options = { onProgress: () => undefined, signal: new AbortController().signal };
    await assert.rejects(ensureForeignImage(engine.api, 'localhost:9/nobody/toxiproxy:1', options), {
      code: 'image-missing',
      exitCode: 4,
    });
  });

  it('leave a container alone that has a name of theirs already, and nothing of themselves behind', async () => {
    const name = `faultline-${runId}-cache.right`;
    const foreign = await engine.api.createContainer({ name, Image: image.tag, Cmd: ['true'] });
    try {
      await assert.rejects(start(smallTopology), {
        code: 'container-not-created',
        hint: 'A container that is not of this run has its name; Faultline leaves it alone: "docker ps -a" shows it.',
      });
      assert.equal((await foreign.inspect()).Name, `/${name}`);
    } finally {
      await foreign.remove();
    }
  });

  it('are removed with their networks by the next command when their harness was killed', async () => {
    harness = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', HARNESS, runId, logDirectory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(createInterface({ input: harness.stdout! }), 'line');
    harness.kill('SIGKILL');
    await once(harness, 'exit');
    assert.ok((await leftOf(runId)).length > smallTopology.nodes.length);
    // No other: tests beside this one have dead runs of their own.
    const [swept] = await sweepDeadRuns((dead) => dead === runId);
    // Of the nodes and the proxies, in a network for each zone and one for the harness.
    const { containers, networks } = swept!;
    assert.deepEqual(
      { containers, networks },
      { containers: smallTopology.nodes.length + 1, networks: smallTopology.zones.length + 1 },
    );
  });
});
