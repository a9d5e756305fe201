import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { Toxiproxy } from 'toxiproxy-node-client';
import { CUT } from '../../model/running-target.ts';
import { edgeName } from '../../model/topology.ts';
import { startToxiproxyServer, type ToxiproxyServer } from '../../toxiproxy/server.ts';
import { probeEdge } from '../edge-probe.ts';
import { parseServerUrl } from '../network/foreign-server.ts';
import { createRunFolder, listRuns, recordForeignProxies } from '../run-folder.ts';
import { smallTopology, TEST_SOURCES } from '../testing/test-topology.ts';
import { processDriver, startProcesses } from './process-driver.ts';
import { sweep } from './sweep.ts';

const EDGES = smallTopology.edges.map(edgeName);

describe("A Toxiproxy server of the user's own", function () {
  this.timeout(60_000);
  let server: ToxiproxyServer;
  let logDirectory: string;
  const proxies = async () => Object.keys(await new Toxiproxy(server.url).getAll()).sort();

  beforeEach(async () => {
    server = await startToxiproxyServer();
    logDirectory = mkdtempSync(join(tmpdir(), 'faultline-logs-'));
    await new Toxiproxy(server.url).createProxy({ name: 'not ours', listen: '127.0.0.1:0', upstream: '127.0.0.1:9' });
  });
  afterEach(async () => {
    await server.close();
    rmSync(logDirectory, { recursive: true });
  });

  const options = () => ({
    ...{ runId: `test-foreign-${process.pid}`, logDirectory, sources: TEST_SOURCES, seed: 1 },
    foreignServer: parseServerUrl(server.url),
  });

  it('carries the edges of a target, and is left as it was', async () => {
    const target = await startProcesses(smallTopology, options());
    try {
      assert.deepEqual(await proxies(), [...EDGES, 'not ours'].sort());
      assert.equal((await probeEdge(target, 'clients->cache.right:redis', { timeoutMs: 5000 })).outcome, 'answered');
      await target.network.forFault('test').impair(EDGES, CUT);
      assert.equal((await probeEdge(target, 'clients->cache.right:redis', { timeoutMs: 400 })).outcome, 'silent');
      assert.equal((await target.measureProxy()).cpuSeconds, null);
    } finally {
      await target.tearDown();
    }
    assert.deepEqual(await proxies(), ['not ours']);
  });

  it('is refused when a proxy of the same name is there already, which is not touched', async () => {
    const edge = EDGES[0]!;
    await new Toxiproxy(server.url).createProxy({ name: edge, listen: '127.0.0.1:0', upstream: '127.0.0.1:9' });
    await assert.rejects(startProcesses(smallTopology, options()), { code: 'proxies-exist', exitCode: 4 });
    assert.deepEqual(await proxies(), [edge, 'not ours'].sort());
  });

  it('is freed of the proxies of a dead run by its sweep', async () => {
    const runId = `test-foreign-dead-${process.pid}`;
    const folder = createRunFolder(runId);
    recordForeignProxies(folder, { server: parseServerUrl(server.url), names: ['of the dead run'] });
    const upstream = '127.0.0.1:9';
    await new Toxiproxy(server.url).createProxy({ name: 'of the dead run', listen: '127.0.0.1:0', upstream });
    const known = (await listRuns()).find((run) => run.runId === runId)!;
    await sweep({ ...known, owner: null, alive: false });
    assert.deepEqual(await proxies(), ['not ours']);
  });

  it('must be an address where a server answers', async () => {
    const prepare = (toxiproxy: string) =>
      processDriver.prepare({
        ...{ image: {} as never, toxiproxy },
        onProgress: () => undefined,
        signal: new AbortController().signal,
      });
    await assert.rejects(prepare('toxiproxy:latest'), {
      message: '--toxiproxy toxiproxy:latest: expected the address of a Toxiproxy server, as http://127.0.0.1:8474',
    });
    await server.close();
    await assert.rejects(prepare(server.url), { code: 'toxiproxy-silent', exitCode: 4 });
    server = await startToxiproxyServer();
  });
});
