import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, before, beforeEach, describe, it } from 'mocha';
import { pollUntil } from '../../base/poll.ts';
import { sweepDeadRuns } from '../../run/leftovers.ts';
import { connectEngine } from '../docker/engine.ts';
import { NODE_LABEL, RUN_LABEL } from '../docker/labels.ts';
import { isAlive, listProcesses, type ProcessIdentity } from '../process-table.ts';
import { readRecorded, runsRoot } from '../run-folder.ts';
import { DRIVERS_UNDER_TEST } from '../testing/drivers-under-test.ts';

const PAUSED_NODE = 'service.left';
/** Generous: the machine may be busy. */
const GOES_ON_MS = 20_000;

const fixture = (name: string) => fileURLToPath(new URL(`../testing/fixtures/${name}`, import.meta.url));

/** How a harness of the tests is started that pauses a node, and whether that node stands still, by the driver's own means. */
const HARNESSES = {
  process: {
    words: (runId: string, logs: string) => [fixture('harness.ts'), runId, logs, '', PAUSED_NODE],
    async standsStill(runId: string): Promise<boolean> {
      const folder = join(runsRoot(), runId, 'nodes', PAUSED_NODE);
      const members = (await listProcesses()).filter(({ directory }) => directory === folder);
      assert.ok(members.length >= 2, 'the service and its child are there');
      return members.some(({ stopped }) => stopped);
    },
  },
  docker: {
    words: (runId: string, logs: string) => [fixture('container-harness.ts'), runId, logs, PAUSED_NODE],
    async standsStill(runId: string): Promise<boolean> {
      const { api } = await connectEngine();
      const filters = { label: [`${RUN_LABEL}=${runId}`, `${NODE_LABEL}=${PAUSED_NODE}`] };
      const [found] = await api.listContainers({ filters });
      return (await api.getContainer(found!.Id).inspect()).State.Paused;
    },
  },
};

for (const driver of DRIVERS_UNDER_TEST) {
  const { words, standsStill } = HARNESSES[driver.name];

  describe(`The watchdog of paused nodes on the ${driver.name} driver`, function () {
    this.timeout(120_000);
    let logs: string;
    let runId: string;
    let harness: ChildProcess | undefined;
    let runs = 0;

    before(async function () {
      await driver.prepare(this);
    });
    beforeEach(() => {
      logs = mkdtempSync(join(tmpdir(), 'faultline-logs-'));
      runs += 1;
      runId = `test-watchdog-${driver.name}-${process.pid}-${runs}`;
    });
    afterEach(async () => {
      if (harness?.exitCode === null && harness.signalCode === null) {
        harness.kill('SIGKILL');
        await once(harness, 'exit');
      }
      // No other: tests beside this one have dead runs of their own.
      await sweepDeadRuns((dead) => dead === runId);
      rmSync(logs, { recursive: true });
      assert.deepEqual(await driver.leftOf(runId), []);
    });

    /** Resolves when the node is paused; gives what the run has recorded of processes. */
    const pauseInHarness = async (): Promise<ProcessIdentity[]> => {
      harness = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...words(runId, logs)], {
        stdio: ['ignore', 'pipe', 'inherit'],
        detached: true,
      });
      await once(createInterface({ input: harness.stdout! }), 'line');
      assert.equal(await standsStill(runId), true);
      return readRecorded({ directory: join(runsRoot(), runId) });
    };
    const until = (subject: string, holds: () => Promise<boolean>) =>
      pollUntil(async () => ((await holds()) ? { done: true, value: true } : { done: false, seen: 'not so' }), {
        subject,
        timeoutMs: GOES_ON_MS,
      });

    it('lets them go on when the harness is killed, before anybody cleans up, and then ends', async () => {
      const watchdog = (await pauseInHarness()).at(-1)!;
      assert.ok(isAlive(watchdog));
      harness!.kill('SIGKILL');
      await once(harness!, 'exit');
      await until(`${PAUSED_NODE} to go on`, async () => !(await standsStill(runId)));
      await until('the watchdog to end', async () => !isAlive(watchdog));
    });

    it('outlives a Ctrl-C that ends the whole group of its harness', async () => {
      await pauseInHarness();
      process.kill(-harness!.pid!, 'SIGINT');
      await once(harness!, 'exit');
      await until(`${PAUSED_NODE} to go on`, async () => !(await standsStill(runId)));
    });

    it('goes with a sweep that comes before it has done anything', async () => {
      const watchdog = (await pauseInHarness()).at(-1)!;
      process.kill(watchdog.pid, 'SIGSTOP');
      harness!.kill('SIGKILL');
      await once(harness!, 'exit');
      assert.equal(await standsStill(runId), true);
      await sweepDeadRuns((dead) => dead === runId);
      assert.equal(isAlive(watchdog), false);
      assert.deepEqual(await driver.leftOf(runId), []);
    });
  });
}
