import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'mocha';
import { pollUntil } from '../base/poll.ts';
import { CUT, type RunningTarget } from '../model/running-target.ts';
import { edgeName } from '../model/topology.ts';
import { probeEdge } from './edge-probe.ts';
import { DRIVERS_UNDER_TEST, type DriverUnderTest } from './testing/drivers-under-test.ts';
import { testTopology } from './testing/test-topology.ts';

const BRING_UP_MS = 120_000;
/** Generous: the machine may be busy. A silent edge is asked for much less. */
const ANSWER_MS = 10_000;
const SILENCE_MS = 400;
const ALL_NODES = testTopology.nodes.map(({ name }) => name);
const ALL_EDGES = testTopology.edges.map(edgeName);
const ANSWERING_EDGES = ALL_EDGES.filter((edge) => !edge.includes('collector'));

for (const driver of DRIVERS_UNDER_TEST) {
  describe(`A target of the ${driver.name} driver`, function () {
    this.timeout(BRING_UP_MS);
    promises(driver);
  });
}

/** What every driver promises, in the words of a target: one suite, so that none may promise less. */
function promises(driver: DriverUnderTest): void {
  let logDirectory: string;
  const runId = `test-${driver.name}-${process.pid}`;
  const ready: string[] = [];
  const sockets: Socket[] = [];
  let target: RunningTarget;

  before(async function () {
    const start = await driver.prepare(this);
    logDirectory = mkdtempSync(join(tmpdir(), 'faultline-logs-'));
    const options = { runId, logDirectory, seed: 1, timeoutMs: BRING_UP_MS };
    target = await start(testTopology, { ...options, onNodeReady: (node) => ready.push(node) });
  });
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
  });
  after(async () => {
    await target?.tearDown();
    if (logDirectory !== undefined) rmSync(logDirectory, { recursive: true });
  });

  const statusOf = async (node: string) => (await target.status(node)).state;
  const answers = async (edge: string) =>
    (await probeEdge(target, edge, { timeoutMs: ANSWER_MS })).outcome === 'answered';
  const request = async (path: string) => {
    const { host, port } = target.addressOf('service.left', 'http');
    await (await fetch(`http://${host}:${port}${path}`)).text();
  };
  /** A connection across an edge that has proven to work: the far end answered. */
  const openAcross = async (edge: string, greeting: string): Promise<Socket> => {
    const socket = connect(target.edgeAddress(edge));
    sockets.push(socket);
    socket.write(greeting);
    await once(socket, 'data');
    return socket;
  };

  it('reports every node as it becomes ready', () => {
    assert.deepEqual([...ready].sort(), [...ALL_NODES].sort());
  });

  it('answers across every edge in the protocol of the edge', async () => {
    const silent = [];
    for (const edge of ANSWERING_EDGES) {
      const { outcome, detail } = await probeEdge(target, edge, { timeoutMs: ANSWER_MS });
      if (outcome !== 'answered' || detail.includes('no answer')) silent.push(`${edge}: ${detail}`);
    }
    assert.deepEqual(silent, []);
  });

  it('connects its nodes to each other by their edges only', async function () {
    if (process.platform !== 'linux') this.skip();
    assert.deepEqual(await target.bypasses(), []);
  });

  it('carries datagrams across a DNS edge beside its connections', async () => {
    const { detail } = await probeEdge(target, 'clients->names.left:dns', { timeoutMs: ANSWER_MS });
    assert.equal(detail, 'UDP: NXDOMAIN; TCP: NXDOMAIN');
  });

  it('keeps what a node prints', async () => {
    const { host, port } = target.addressOf('service.left', 'http');
    assert.deepEqual(await target.logs('service.left', 1), [`listening on ${host}:${port}`]);
    assert.equal(target.logFile('service.left'), join(logDirectory, 'service.left.log'));
  });

  it('kills every process of its nodes at once, those included that left their process group', async () => {
    assert.ok((await target.status('db.right')).processes >= 5);
    assert.ok((await target.status('service.left')).processes >= 2);
    const killed = await target.kill(['db.right', 'service.left']);
    assert.deepEqual(
      killed.map(({ node, goneAtMs, signalledAtMs }) => [node, goneAtMs >= signalledAtMs]),
      [
        ['db.right', true],
        ['service.left', true],
      ],
    );
    for (const node of ['db.right', 'service.left']) {
      assert.deepEqual(await target.status(node), { state: 'exited', processes: 0, exitCode: null, startedAtMs: null });
    }
    assert.equal(await statusOf('cache.right'), 'running');
  });

  it('starts them again where they were', async () => {
    const address = target.addressOf('db.right', 'sql');
    await target.start(['db.right', 'service.left']);
    assert.deepEqual(target.addressOf('db.right', 'sql'), address);
    assert.equal(await answers('clients->db.right:sql'), true);
    assert.equal(await answers('lb.left->service.left:http'), true);
    assert.ok((await target.logs('db.right', 1000)).some((line) => line.includes('automatic recovery in progress')));
  });

  it('leaves nodes alone that run already', async () => {
    const before = await driver.identityOf(runId, 'cache.right');
    await target.start(['cache.right']);
    assert.deepEqual(await driver.identityOf(runId, 'cache.right'), before);
  });

  it('stops a node by asking it first', async () => {
    await target.stop(['service.left']);
    assert.deepEqual(await target.status('service.left'), {
      state: 'exited',
      processes: 0,
      exitCode: 0,
      startedAtMs: null,
    });
    assert.deepEqual(await target.logs('service.left', 1), ['asked to end']);
    await target.start(['service.left']);
  });

  it('stops a node that is paused, by asking it as well', async () => {
    await target.pause(['service.left']);
    await target.stop(['service.left']);
    assert.deepEqual(await target.status('service.left'), {
      state: 'exited',
      processes: 0,
      exitCode: 0,
      startedAtMs: null,
    });
    await target.start(['service.left']);
  });

  it('stops a node that takes no notice, after its time is over', async () => {
    await request('/deaf');
    await target.stop(['service.left']);
    assert.deepEqual(await target.status('service.left'), {
      state: 'exited',
      processes: 0,
      exitCode: null,
      startedAtMs: null,
    });
    assert.deepEqual(await target.logs('service.left', 1), ['not now']);
    await target.start(['service.left']);
  });

  it('pauses a node with all its children, and lets it go on', async () => {
    await target.pause(['db.right', 'service.left']);
    assert.equal(await statusOf('db.right'), 'paused');
    assert.equal((await probeEdge(target, 'clients->service.left:http', { timeoutMs: SILENCE_MS })).outcome, 'silent');
    await target.resume(['db.right', 'service.left']);
    assert.equal(await statusOf('db.right'), 'running');
    assert.equal(await answers('clients->service.left:http'), true);
    assert.equal(await answers('clients->db.right:sql'), true);
  });

  it('restarts a node', async () => {
    const before = await driver.identityOf(runId, 'cache.right');
    await target.restart(['cache.right']);
    assert.notEqual(await driver.identityOf(runId, 'cache.right'), before);
    assert.equal(await answers('lb.left->cache.right:redis'), true);
  });

  it('measures a node over all its lives, and never less than before', async function () {
    if (process.platform !== 'linux') this.skip();
    const idle = await target.measure('service.left');
    await request('/spin');
    const used = await target.measure('service.left');
    assert.ok(used.cpuSeconds! >= idle.cpuSeconds! + 0.1, `${used.cpuSeconds} after ${idle.cpuSeconds}`);
    assert.ok(used.memoryBytes! > 1024 ** 2);
    await request('/spin');
    await target.kill(['service.left']);
    const killed = await target.measure('service.left');
    assert.ok(killed.cpuSeconds! >= used.cpuSeconds! + 0.1, `${killed.cpuSeconds} after ${used.cpuSeconds}`);
    assert.equal(killed.memoryBytes, 0);
    await target.start(['service.left']);
    assert.ok((await target.measure('service.left')).cpuSeconds! >= killed.cpuSeconds!);
    assert.ok((await target.measureProxy()).memoryBytes! > 1024 ** 2);
  });

  it('says which node is not known, and which may be meant', async () => {
    await assert.rejects(target.kill(['db.rigth']), {
      message: 'The running target has no node "db.rigth"',
      hint: 'Is "db.right" meant?',
    });
  });

  it('cuts every edge at once, and brings them back', async () => {
    const cut = await target.network.forFault('all').impair(ALL_EDGES, CUT);
    assert.deepEqual(
      cut.map(({ edge }) => edge),
      ALL_EDGES,
    );
    const across = await Promise.all(ANSWERING_EDGES.map((edge) => probeEdge(target, edge, { timeoutMs: SILENCE_MS })));
    assert.deepEqual(
      across.filter(({ outcome, detail }) => outcome === 'answered' || !detail.includes('no answer in time')),
      [],
    );
    const restored = await target.network.forFault('all').heal(ALL_EDGES);
    assert.deepEqual(
      restored.map(({ edge }) => edge),
      ALL_EDGES,
    );
    assert.deepEqual(
      await Promise.all(ANSWERING_EDGES.map(answers)),
      ANSWERING_EDGES.map(() => true),
    );
  });

  it('cuts an edge that is cut, and restores one that is not', async () => {
    const edges = ['clients->cache.right:redis'];
    await target.network.forFault('test').heal(edges);
    await target.network.forFault('test').impair(edges, CUT);
    await target.network.forFault('test').impair(edges, CUT);
    assert.equal((await probeEdge(target, edges[0]!, { timeoutMs: SILENCE_MS })).outcome, 'silent');
    await target.network.forFault('test').heal(edges);
    await target.network.forFault('test').heal(edges);
    assert.equal(await answers(edges[0]!), true);
  });

  it('lets no FIN out of a zone that lost its power: connections stay open and silent until the edge is back', async () => {
    const edge = 'clients->cache.right:redis';
    const socket = await openAcross(edge, 'PING\r\n');
    const heard: string[] = [];
    for (const event of ['data', 'end', 'close', 'error']) socket.on(event, () => heard.push(event));
    await target.network.forFault('test').impair([edge], CUT);
    await target.kill(['cache.right']);
    socket.write('PING\r\n');
    assert.equal((await probeEdge(target, edge, { timeoutMs: SILENCE_MS })).outcome, 'silent');
    assert.deepEqual(heard, []);

    await target.network.forFault('test').heal([edge]);
    await pollUntil(() => (socket.closed ? { done: true, value: true } : { done: false, seen: heard.join(' ') }), {
      subject: 'the connection to be closed after the edge came back',
      timeoutMs: ANSWER_MS,
    });
    await target.start(['cache.right']);
    assert.equal(await answers(edge), true);
  });

  it('tells an edge that does not exist', async () => {
    await assert.rejects(target.network.forFault('test').impair(['a->b:c'], CUT), {
      message: 'The running target has no edge "a->b:c"',
    });
  });

  it('goes without a trace', async () => {
    assert.notDeepEqual(await driver.leftOf(runId), []);
    await Promise.all([target.tearDown(), target.tearDown()]);
    assert.deepEqual(await driver.leftOf(runId), []);
    await assert.rejects(target.start(['cache.right']), { code: 'torn-down' });
  });
}
