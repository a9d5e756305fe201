import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { startTimeOf } from '../process-table.ts';
import { createRunFolder, makeFolder, recordContainers, recordProcess, workingFolder } from '../run-folder.ts';
import { type KnownRun, listRuns, sweep } from './sweep.ts';

/** No process of any machine has this number. */
const NOBODY = { pid: 2 ** 22 + 1, startTime: '1' };

describe('Sweeping a run', () => {
  let root: string;
  const children: ChildProcess[] = [];
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'faultline-sweep-'));
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    rmSync(root, { recursive: true, force: true });
  });

  const sleeper = (cwd: string): ChildProcess => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
      cwd,
      detached: true,
      stdio: 'ignore',
    });
    children.push(child);
    return child;
  };
  const deadRun = async (): Promise<KnownRun> => {
    const folder = createRunFolder('dead', root);
    writeFileSync(join(folder.directory, 'owner.json'), JSON.stringify(NOBODY));
    const [run] = await listRuns(root);
    assert.ok(run);
    return run;
  };

  it('lists a run as alive while the harness that made it lives, and as dead afterwards', async () => {
    createRunFolder('live', root);
    const owner = { pid: process.pid, startTime: startTimeOf(process.pid) };
    const live = { runId: 'live', directory: join(root, 'live'), owner, alive: true, hasContainers: false };
    assert.deepEqual(await listRuns(root), [live]);
    writeFileSync(join(root, 'live', 'owner.json'), JSON.stringify({ ...owner, startTime: 'another' }));
    assert.equal((await listRuns(root))[0]?.alive, false);
  });

  it('refuses to touch a run that is going on', async () => {
    createRunFolder('live', root);
    const [run] = await listRuns(root);
    await assert.rejects(sweep(run!), { code: 'run-alive' });
    assert.ok(existsSync(run!.directory));
  });

  it('refuses a second run of the same name, and leaves nothing of it', () => {
    createRunFolder('same', root);
    assert.throws(() => createRunFolder('same', root), { code: 'run-exists' });
    assert.deepEqual(readdirSync(root), ['same']);
  });

  it('remembers that a run may have containers, so that no engine is forgotten', async () => {
    recordContainers(createRunFolder('contained', root));
    assert.equal((await listRuns(root))[0]?.hasContainers, true);
  });

  it('ends what was recorded and what works in the folder, recorded or not, and nothing else', async () => {
    const run = await deadRun();
    makeFolder(workingFolder(run, 'web'));
    const elsewhere = sleeper(tmpdir());
    const recorded = sleeper(tmpdir());
    recordProcess(run, 'web', { pid: recorded.pid!, startTime: startTimeOf(recorded.pid!)! });
    recordProcess(run, 'web', { pid: elsewhere.pid!, startTime: 'of an earlier process' });
    const unrecorded = sleeper(workingFolder(run, 'web'));
    const ends = Promise.all([once(recorded, 'exit'), once(unrecorded, 'exit')]);

    assert.deepEqual(await sweep(run), { runId: 'dead', processes: 2 });
    await ends;
    assert.equal(elsewhere.exitCode ?? elsewhere.signalCode, null);
    assert.deepEqual(readdirSync(root), []);
  });

  it('can be done twice, and at the same time', async () => {
    const run = await deadRun();
    makeFolder(workingFolder(run, 'web'));
    sleeper(workingFolder(run, 'web'));
    await Promise.all([sweep(run), sweep(run)]);
    assert.deepEqual(await sweep(run), { runId: 'dead', processes: 0 });
    assert.deepEqual(await listRuns(root), []);
  });

  it('goes on after a sweep that was cut short, which had removed the owner already', async () => {
    const run = await deadRun();
    rmSync(join(run.directory, 'owner.json'));
    const [left] = await listRuns(root);
    assert.equal(left?.alive, false);
    await sweep(left!);
    assert.deepEqual(await listRuns(root), []);
  });

  it('removes the folder of a harness that was killed while it was making it', async () => {
    mkdirSync(join(root, `.new,${NOBODY.pid},${NOBODY.startTime},half-made`));
    const [run] = await listRuns(root);
    assert.deepEqual([run?.runId, run?.alive], ['half-made', false]);
    await sweep(run!);
    assert.deepEqual(readdirSync(root), []);
  });

  it('reads on after a torn line in the list of processes', async () => {
    const run = await deadRun();
    const child = sleeper(tmpdir());
    recordProcess(run, 'web', { pid: child.pid!, startTime: startTimeOf(child.pid!)! });
    writeFileSync(join(run.directory, 'processes.jsonl'), '{"node":"db","pid":12', { flag: 'a' });
    assert.equal((await sweep(run)).processes, 1);
  });
});
