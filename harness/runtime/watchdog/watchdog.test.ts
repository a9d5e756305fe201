import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { pollUntil } from '../../base/poll.ts';
import { isAlive, listProcesses, startTimeOf } from '../process-table.ts';
import { createRunFolder, type RunFolder, readRecorded } from '../run-folder.ts';
import type { PausedProcess } from './paused.ts';
import { Watchdog } from './watchdog.ts';

const PAUSING = fileURLToPath(new URL('../testing/fixtures/pausing.ts', import.meta.url));
const GOES_ON_MS = 10_000;

describe('The watchdog', function () {
  this.timeout(30_000);
  let root: string;
  let folder: RunFolder;
  let watchdog: Watchdog;
  const children: ChildProcess[] = [];
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'faultline-watchdog-'));
    folder = createRunFolder('watched', root);
    watchdog = new Watchdog(folder);
  });
  afterEach(async () => {
    await watchdog.end();
    for (const child of children.splice(0)) child.kill('SIGKILL');
    rmSync(root, { recursive: true });
  });

  const run = (...words: string[]): ChildProcess => {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...words], { stdio: 'ignore' });
    children.push(child);
    return child;
  };
  /** A process that was stopped, after the watchdog heard of it. */
  const pausedProcess = async (): Promise<PausedProcess> => {
    const pid = run('-e', 'setInterval(() => {}, 1000)').pid!;
    const paused = { kind: 'process', pid, startTime: startTimeOf(pid)! } as const;
    await watchdog.guard([paused]);
    process.kill(pid, 'SIGSTOP');
    await until(pid, 'stand still', true);
    return paused;
  };
  const until = (pid: number, what: string, wanted: boolean) =>
    pollUntil(
      async () => {
        const stopped = (await listProcesses()).find((entry) => entry.pid === pid)?.stopped;
        return stopped === wanted ? { done: true, value: true } : { done: false, seen: `stopped: ${stopped}` };
      },
      { subject: `process ${pid} to ${what}`, timeoutMs: GOES_ON_MS },
    );
  const recorded = () => readRecorded(folder);

  it('is started with the first pause only, and recorded for sweeps', async () => {
    await watchdog.release([]);
    assert.deepEqual(recorded(), []);
    await pausedProcess();
    const [identity] = recorded();
    assert.ok(isAlive(identity!));
    await watchdog.end();
    assert.equal(isAlive(identity!), false);
  });

  it('lets go on what is paused, and not what nobody told it of any more', async () => {
    const [forgotten, kept] = [await pausedProcess(), await pausedProcess()];
    await watchdog.release([forgotten]);
    process.kill(recorded()[0]!.pid, 'SIGTERM');
    await until(kept.pid, 'go on', false);
    assert.equal((await listProcesses()).find(({ pid }) => pid === forgotten.pid)?.stopped, true);
  });

  it('leaves a process alone that only has the number of one that was paused', async () => {
    const other = await pausedProcess();
    await watchdog.release([other]);
    const kept = await pausedProcess();
    await watchdog.guard([{ ...other, startTime: '1' }]);
    process.kill(recorded()[0]!.pid, 'SIGTERM');
    await until(kept.pid, 'go on', false);
    assert.equal((await listProcesses()).find(({ pid }) => pid === other.pid)?.stopped, true);
  });

  it('keeps no harness alive that has nothing more to do, and then lets everything go on', async () => {
    const sleeper = run('-e', 'setInterval(() => {}, 1000)');
    const harness = run(PAUSING, 'short', root, String(sleeper.pid));
    const [code] = await once(harness, 'exit');
    assert.equal(code, 0);
    await until(sleeper.pid!, 'go on', false);
  });

  it('refuses a guard when its process is gone', async () => {
    await pausedProcess();
    process.kill(recorded()[0]!.pid, 'SIGKILL');
    const pid = run('-e', 'setInterval(() => {}, 1000)').pid!;
    await assert.rejects(watchdog.guard([{ kind: 'process', pid, startTime: startTimeOf(pid)! }]), {
      code: 'side-process-ended',
    });
  });
});
