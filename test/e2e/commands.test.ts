import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import pg from 'pg';
import { pollUntil } from '../../harness/base/poll.ts';
import { type RunningCommand, runCommand, withCommand } from './command.ts';

/** Waits until a target that is brought up by hand tells its addresses. */
async function awaitUp(up: RunningCommand): Promise<void> {
  const isUp = () => up.output().includes('Logs and spans');
  await pollUntil(() => (isUp() ? { done: true, value: true } : { done: false, seen: up.output() }), {
    subject: 'the target to be up',
    timeoutMs: 90_000,
  });
}

async function logIn(port: string, password: string): Promise<void> {
  const client = new pg.Client({ host: '127.0.0.1', port: Number(port), user: 'photos', database: 'photos', password });
  await client.connect();
  await client.end();
}

describe('a target by hand', function () {
  this.timeout(120_000);

  it('comes up, tells its addresses, and goes down when another command says so', async () => {
    await withCommand(['up', '--runtime', 'process'], async (up) => {
      await awaitUp(up);
      assert.match(up.output(), /lb\.us-east +http +http:\/\/127\.0\.0\.1:\d+\//);
      const down = await runCommand('down');
      assert.equal(down.code, 0, down.output());
      assert.equal(await up.exit(), 0, up.output());
    });
  });
});

describe('a target with a node that starts on request', function () {
  this.timeout(120_000);

  it('takes a web server more while it is up, and lets nobody in around its load balancer', async () => {
    const none = await runCommand('node', 'start', 'web-3.us-west');
    assert.equal(none.code, 4);
    assert.match(none.output(), /No target is up/);
    await withCommand(['up', '--target', 'stage-3', '--runtime', 'process'], async (up) => {
      await awaitUp(up);
      const addressOf = (node: string) =>
        new RegExp(`${RegExp.escape(node)} +http +(http://127\\.0\\.0\\.1:\\d+)/`).exec(up.output())?.[1] ?? '';
      assert.equal((await fetch(`${addressOf('lb.us-west')}/`)).status, 200);
      assert.equal((await fetch(`${addressOf('web-1.us-west')}/`)).status, 403);
      const pass = /x-entry-token: (\S+)/.exec(up.output())?.[1] ?? '';
      const headers = { 'x-entry-token': pass };
      assert.equal((await fetch(`${addressOf('web-1.us-west')}/`, { headers })).status, 200);
      const sql = /db\.us-west +sql +127\.0\.0\.1:(\d+)/.exec(up.output())?.[1] ?? '';
      await assert.rejects(logIn(sql, 'a guess'), /password authentication failed/);
      await logIn(sql, pass);

      const unknown = await runCommand('node', 'start', 'web-33.us-west');
      assert.equal(unknown.code, 4);
      assert.match(unknown.output(), /stage-3 has no node "web-33\.us-west"; did you mean "web-3\.us-west"\?/);
      const started = await runCommand('node', 'start', 'web-3.us-west');
      assert.equal(started.code, 0, started.output());
      assert.match(started.output(), /web-3\.us-west is ready and takes traffic/);
      const servers = new Set<string | null>();
      await pollUntil(
        async () => {
          servers.add((await fetch(`${addressOf('lb.us-west')}/`)).headers.get('x-served-by'));
          return servers.has('web-3.us-west')
            ? { done: true, value: true }
            : { done: false, seen: [...servers].join(', ') };
        },
        { subject: 'the added server to answer', timeoutMs: 10_000 },
      );
      const again = await runCommand('node', 'start', 'web-3.us-west');
      assert.equal(again.code, 4);
      assert.match(again.output(), /web-3\.us-west is running already/);
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
