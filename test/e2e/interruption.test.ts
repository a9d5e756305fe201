import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { pollUntil } from '../../harness/base/poll.ts';
import { PHASES, type Phase } from '../../harness/model/phase.ts';
import { awaitStep, foldersOfRun, processesOfRun, readRun, runCommand, startCommand } from './command.ts';

const SHORT = ['warmUp=1', 'steady=2', 'hold=5', 'recovery=2'].flatMap((text) => ['--set', text]);
/** From the first thing that is started to the last moment of load: what comes after cannot be cut short usefully. */
const WITH_LOAD = PHASES.slice(PHASES.indexOf('bring-up'), PHASES.indexOf('tear-down'));
/** One for each way in which a run can be under way: `npm run test:full` has them all. */
const REPRESENTATIVES: Phase[] = ['bring-up', 'hold', 'undo'];

describe('a run that is cut short', function () {
  this.timeout(180_000);

  for (const phase of process.env.FAULTLINE_FULL === undefined ? REPRESENTATIVES : WITH_LOAD) {
    it(`leaves nothing after Ctrl-C in ${phase}`, async () => {
      const command = await startCommand('experiment', 'dc-outage', ...SHORT);
      try {
        const runId = await awaitStep(command, 'phase-started', phase);
        command.process.kill('SIGINT');
        const code = await command.exit();
        const { verdict } = await readRun(command.reports);
        assert.equal(verdict, 'interrupted', command.output());
        assert.equal(code, 130, command.output());
        assert.deepEqual(processesOfRun(runId), []);
        assert.deepEqual(await foldersOfRun(runId), []);
      } finally {
        await command.dispose();
      }
    });
  }

  it('leaves nothing after kill -9 in the middle of the fault, once undo has run', async () => {
    const command = await startCommand('experiment', 'dc-outage', ...SHORT);
    try {
      const runId = await awaitStep(command, 'phase-started', 'hold');
      command.process.kill('SIGKILL');
      await command.exit();
      assert.notDeepEqual(processesOfRun(runId), [], 'the target should have outlived its harness');
      const undo = await runCommand('undo');
      assert.equal(undo.code, 0, undo.output());
      await undo.dispose();
      assert.deepEqual(processesOfRun(runId), []);
      assert.deepEqual(await foldersOfRun(runId), []);
    } finally {
      await command.dispose();
    }
  });
});

describe('a target by hand', function () {
  this.timeout(120_000);

  it('comes up, tells its addresses, and goes down when another command says so', async () => {
    const up = await startCommand('up');
    try {
      await pollUntil(
        () =>
          up.output().includes('Ctrl-C takes it down')
            ? { done: true, value: true }
            : { done: false, seen: up.output() },
        { subject: 'the target to be up', timeoutMs: 90_000 },
      );
      assert.match(up.output(), /lb\.us-east +http +http:\/\/127\.0\.0\.1:\d+\//);
      const down = await runCommand('down');
      assert.equal(down.code, 0, down.output());
      assert.equal(await up.exit(), 0, up.output());
      await down.dispose();
    } finally {
      await up.dispose();
    }
  });
});

describe('wrong input', () => {
  it('an unknown experiment gets the closest name and exit code 4', async () => {
    const command = await runCommand('experiment', 'dc-outge');
    assert.equal(command.code, 4);
    assert.match(command.output(), /There is no experiment "dc-outge"; did you mean "dc-outage"\?/);
    await command.dispose();
  });

  it('an unknown runtime gets those that exist, and nothing is started', async () => {
    const command = await runCommand('experiment', 'dc-outage', '--runtime', 'podman');
    assert.equal(command.code, 4);
    assert.match(command.output(), /There is no runtime "podman"\s+Runtimes: process\./);
    await command.dispose();
  });
});
