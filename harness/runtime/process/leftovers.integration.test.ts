import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { NodeDefinition } from '../../model/topology.ts';
import { listProcesses } from '../process-table.ts';
import { readControlGroups, runsRoot } from '../run-folder.ts';
import { smallTopology, TEST_SOURCES, topologyOf } from '../testing/test-topology.ts';
import { LOOPBACK } from './ports.ts';
import { startProcesses } from './process-driver.ts';
import type { ProcessTarget } from './process-target.ts';
import { freeBytesIn } from './resources/data-disk.ts';
import { preparationRefusal } from './resources/preparable.ts';
import { listRuns, sweep } from './sweep.ts';

const HARNESS = fileURLToPath(new URL('../testing/fixtures/harness.ts', import.meta.url));
let runs = 0;

describe('What a run leaves behind', function () {
  this.timeout(30_000);
  let logDirectory: string;
  let runId: string;
  const harnesses: ChildProcess[] = [];
  const targets: ProcessTarget[] = [];
  beforeEach(() => {
    logDirectory = mkdtempSync(join(tmpdir(), 'faultline-logs-'));
    runId = newRunId();
  });
  afterEach(async () => {
    for (const harness of harnesses.splice(0)) harness.kill('SIGKILL');
    await Promise.all(targets.splice(0).map((target) => target.tearDown()));
    rmSync(logDirectory, { recursive: true, force: true });
    await sweepRunsOfThisTest();
  });

  const newRunId = () => {
    runs += 1;
    return `test-${process.pid}-${runs}`;
  };
  const options = () => ({ runId, logDirectory, sources: TEST_SOURCES, seed: 1, timeoutMs: 20_000 });
  const knownRun = async () => (await listRuns()).find((run) => run.runId === runId);
  const processesIn = async (directory: string) =>
    (await listProcesses()).filter((entry) => entry.directory?.startsWith(directory));
  const nothingLeft = async () => {
    const directory = join(runsRoot(), runId);
    assert.equal(existsSync(directory), false);
    assert.deepEqual(await processesIn(directory), []);
  };
  const isFree = async (port: number) => {
    const server = createServer().listen(port, LOOPBACK);
    await once(server, 'listening');
    server.close();
  };
  const startHarness = (...args: string[]): ChildProcess => {
    const harness = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', HARNESS, runId, logDirectory, ...args],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    harnesses.push(harness);
    return harness;
  };

  it('is nothing after a sweep, when the harness was killed while its target ran', async () => {
    const harness = startHarness();
    const [line] = (await once(createInterface({ input: harness.stdout! }), 'line')) as [string];
    const { ports } = JSON.parse(line) as { ports: number[] };
    assert.equal((await knownRun())?.alive, true);
    harness.kill('SIGKILL');
    await once(harness, 'exit');

    const run = await knownRun();
    assert.equal(run?.alive, false);
    // Two nodes, the child of one, and the Toxiproxy server.
    assert.equal((await sweep(run)).processes, 4);
    await nothingLeft();
    for (const port of ports) await isFree(port);
  });

  it('is nothing after a sweep, control groups and disks included', async function () {
    const preparation = { limits: true, dataMebibytes: 16 } as const;
    if (preparationRefusal(preparation) !== null) this.skip();
    const harness = startHarness('', '', JSON.stringify(preparation));
    await once(createInterface({ input: harness.stdout! }), 'line');
    harness.kill('SIGKILL');
    await once(harness, 'exit');

    const run = await knownRun();
    const groups = readControlGroups(run!);
    const disk = join(run!.directory, 'nodes', 'service.left');
    assert.ok(groups.length > 0 && groups.every((group) => existsSync(group)));
    assert.equal((await freeBytesIn(disk)) <= 16 * 2 ** 20, true);
    await sweep(run!);
    await nothingLeft();
    assert.deepEqual(
      groups.filter((group) => existsSync(group)),
      [],
    );
  });

  it('is nothing after a sweep, when the harness was killed in the middle of the bring-up', async () => {
    const harness = startHarness('cache.right');
    await once(harness, 'exit');
    const run = await knownRun();
    assert.equal(run?.alive, false);
    await sweep(run);
    await nothingLeft();
  });

  it('does not keep two runs from going on at once', async () => {
    const otherRunId = newRunId();
    targets.push(
      ...(await Promise.all([
        startProcesses(smallTopology, options()),
        startProcesses(smallTopology, {
          ...options(),
          runId: otherRunId,
          logDirectory: join(logDirectory, 'other'),
        }),
      ])),
    );
    const addresses = targets.map((target) => target.addressOf('cache.right', 'redis').port);
    assert.notEqual(addresses[0], addresses[1]);
    await targets[0]!.tearDown();
    assert.equal((await targets[1]!.status('cache.right')).state, 'running');
  });

  it('is nothing when a node dies during the bring-up, whose error ends with its log', async () => {
    const dying = nodeThat('dies.left', 'console.log("no room for me"); process.exit(3)');
    await assert.rejects(startProcesses(topologyOf('dying', [...smallTopology.nodes, dying]), options()), {
      code: 'node-died',
      message: 'dies.left ended with code 3 while it was being started',
      hint: `The end of its log (${join(logDirectory, 'dies.left.log')}):\nno room for me`,
    });
    await nothingLeft();
  });

  it('is nothing when a node is not ready in time, whose error tells what was seen', async () => {
    const slow = nodeThat('slow.left', 'console.log("still loading"); setInterval(() => {}, 1000)');
    await assert.rejects(startProcesses(topologyOf('slow', [slow]), { ...options(), timeoutMs: 500 }), {
      code: 'node-not-ready',
      message:
        /^Waited 500 ms for slow\.left to accept on its port http; last seen: connect ECONNREFUSED 127\.0\.0\.1:\d+$/,
      hint: `The end of its log (${join(logDirectory, 'slow.left.log')}):\nstill loading`,
    });
    await nothingLeft();
  });

  it('is nothing when a program is missing', async () => {
    const missing: NodeDefinition = {
      ...nodeThat('missing.left', ''),
      program: (wiring) => ({ ...EMPTY_PROGRAM, executable: wiring.executable('nonesuch-server') }),
    };
    await assert.rejects(startProcesses(topologyOf('missing', [missing]), options()), {
      code: 'missing-program',
      exitCode: 4,
    });
    await nothingLeft();
  });

  it('is nothing when it is interrupted during the bring-up', async () => {
    const interruption = new AbortController();
    const slow = nodeThat('slow.left', 'setInterval(() => {}, 1000)');
    await assert.rejects(
      startProcesses(topologyOf('slow', [...smallTopology.nodes, slow]), {
        ...options(),
        signal: interruption.signal,
        onNodeReady: () => interruption.abort(new Error('interrupted by the user')),
      }),
      { message: 'interrupted by the user' },
    );
    await nothingLeft();
  });

  async function sweepRunsOfThisTest(): Promise<void> {
    const left = (await listRuns()).filter((run) => run.runId.startsWith(`test-${process.pid}-`) && !run.alive);
    for (const run of left) await sweep(run);
  }
});

const EMPTY_PROGRAM = { arguments: [], environment: {}, files: {} };

/** A node that runs a line of JavaScript and never listens. */
function nodeThat(name: string, script: string): NodeDefinition {
  return {
    name,
    tier: 'web',
    host: name,
    zone: 'left',
    ports: { http: 'http' },
    readiness: { kind: 'tcp', port: 'http' },
    program: (wiring) => ({ ...EMPTY_PROGRAM, executable: wiring.executable('node'), arguments: ['-e', script] }),
  };
}
