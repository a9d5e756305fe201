import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, before, describe, it } from 'mocha';
import { findBypasses } from './bypass.ts';

const SERVER = `require('node:net').createServer(() => {}).listen(0, '127.0.0.1', function () { console.log(this.address().port); });`;
const CLIENT = `require('node:net').connect(Number(process.argv[1]), '127.0.0.1', () => console.log('connected'));`;

describe('Connections around the edges', function () {
  this.timeout(20_000);
  const children: ChildProcess[] = [];

  before(function () {
    if (process.platform !== 'linux') this.skip();
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  /** A process, and the first line that it prints. */
  const run = async (script: string, ...words: string[]): Promise<{ pid: number; line: string }> => {
    const child = spawn(process.execPath, ['-e', script, ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    const [line] = (await once(child.stdout!, 'data')) as [Buffer];
    return { pid: child.pid!, line: String(line).trim() };
  };

  it('are told with both nodes and the port', async () => {
    const server = await run(SERVER);
    const client = await run(CLIENT, server.line);
    const port = Number(server.line);
    const b = { name: 'b', pids: [server.pid], ports: [port] };
    assert.deepEqual(findBypasses([{ name: 'a', pids: [client.pid], ports: [] }, b]), [{ from: 'a', to: 'b', port }]);
    // By somebody who is no node, as the proxies are, it is the way that it should be.
    assert.deepEqual(findBypasses([{ name: 'a', pids: [], ports: [] }, b]), []);
    // And a node may talk to itself.
    assert.deepEqual(findBypasses([{ ...b, pids: [server.pid, client.pid] }]), []);
  });
});
