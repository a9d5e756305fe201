import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'mocha';
import { pollUntil } from '../../base/poll.ts';
import { edgeName } from '../../model/topology.ts';
import { probeEdge } from '../edge-probe.ts';
import { listProcesses } from '../process-table.ts';
import { runsRoot } from '../run-folder.ts';
import { TEST_SOURCES, testTopology } from '../testing/test-topology.ts';
import { startProcesses } from './process-driver.ts';
import type { ProcessTarget } from './process-target.ts';

const BRING_UP_MS = 60_000;
/** Generous: the machine may be busy. A silent edge is asked for much less. */
const ANSWER_MS = 10_000;
const _SILENCE_MS = 400;
const _ALL_NODES = testTopology.nodes.map(({ name }) => name);
const ALL_EDGES = testTopology.edges.map(edgeName);
const _ANSWERING_EDGES = ALL_EDGES.filter((edge) => !edge.includes('collector'));

describe('A target of real processes', function () {
  this.timeout(BRING_UP_MS);
  const logDirectory = mkdtempSync(join(tmpdir(), 'faultline-logs-'));
  const runId = `test-${process.pid}`;
  const sockets: Socket[] = [];
  let target: ProcessTarget;

  before(async () => {
    const options = { runId, logDirectory, sources: TEST_SOURCES, seed: 1, timeoutMs: BRING_UP_MS };
    target = await startProcesses(testTopology, options);
  });
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
  });
  after(async () => {
    await target?.tearDown();
    rmSync(logDirectory, { recursive: true });
  });

  const _statusOf = async (node: string) => (await target.status(node)).state;
  const answers = async (edge: string) =>
    (await probeEdge(target, edge, { timeoutMs: ANSWER_MS })).outcome === 'answered';
  const _request = async (path: string) => {
    const { host, port } = target.addressOf('service.left', 'http');
    await (await fetch(`http://${host}:${port}${path}`)).text();
  };
  /** A connection across an edge that has proven to work: the far end answered. */
  const _openAcross = async (edge: string, greeting: string): Promise<Socket> => {
    const socket = connect(target.edgeAddress(edge));
    sockets.push(socket);
    socket.write(greeting);
    await once(socket, 'data');
    return socket;
  };

  it('starts every node in a directory of its own, with nothing of the environment of whoever runs it', async () => {
    const { recorded, directory } = await processOf('service.left');
    assert.equal(directory, join(runsRoot(), runId, 'nodes', 'service.left'));
    if (process.platform !== 'linux') return;
    const names = readFileSync(`/proc/${recorded}/environ`, 'utf8')
      .split('\0')
      .map((pair) => pair.split('=')[0]);
    const ours = names.filter((name) => name !== '' && name !== 'NODE_COMPILE_CACHE');
    assert.deepEqual(ours.sort(), ['GREETING', 'HOME', 'LANG', 'LISTEN', 'PATH', 'TMPDIR', 'TZ']);
  });

  it('ends what a node started when the node itself ends', async () => {
    const { recorded } = await processOf('db.right');
    process.kill(recorded, 'SIGKILL');
    await pollUntil(
      async () => {
        const { state, processes } = await target.status('db.right');
        return processes === 0 ? { done: true, value: state } : { done: false, seen: `${state}, ${processes}` };
      },
      { subject: 'the processes of PostgreSQL to be gone', timeoutMs: ANSWER_MS },
    );
    await target.start(['db.right']);
    assert.equal(await answers('clients->db.right:sql'), true);
  });

  it('counts what a node writes', async function () {
    if (process.platform !== 'linux') this.skip();
    assert.ok((await target.measure('db.right')).writtenBytes! > 0);
  });

  it('leaves nobody listening on any of its ports', async () => {
    const addresses = testTopology.nodes.flatMap(({ name, ports }) =>
      Object.keys(ports).map((port) => target.addressOf(name, port)),
    );
    await target.tearDown();
    for (const address of [...addresses, ...ALL_EDGES.map((edge) => target.edgeAddress(edge))]) {
      const [error] = (await once(connect(address), 'error')) as [NodeJS.ErrnoException];
      assert.equal(error.code, 'ECONNREFUSED', `${address.port}`);
    }
  });

  /** The first process that works in a node's directory. */
  async function processOf(node: string): Promise<{ recorded: number; directory: string | null }> {
    const directory = join(runsRoot(), runId, 'nodes', node);
    const entry = (await listProcesses()).find((candidate) => candidate.directory === directory);
    return { recorded: entry?.pid ?? 0, directory: entry?.directory ?? null };
  }
});
