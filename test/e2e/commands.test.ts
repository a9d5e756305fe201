import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { pollUntil } from '../../harness/base/poll.ts';
import { runCommand, withCommand } from './command.ts';

describe('a target by hand', function () {
  this.timeout(120_000);

  it('comes up, tells its addresses, and goes down when another command says so', async () => {
    await withCommand(['up', '--runtime', 'process'], async (up) => {
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
    });
  });
});

describe('wrong input', () => {
  it('an unknown experiment gets the closest name and exit code 4', async () => {
    const command = await runCommand('experiment', 'dc-outge');
    assert.equal(command.code, 4);
    assert.match(command.output(), /There is no experiment "dc-outge"; did you mean "dc-outage"\?/);
  });

  it('an unknown runtime gets those that exist, and nothing is started', async () => {
    const command = await runCommand('experiment', 'dc-outage', '--runtime', 'podman');
    assert.equal(command.code, 4);
    assert.match(command.output(), /There is no runtime "podman"\s+Runtimes: docker, process\./);
  });
});
