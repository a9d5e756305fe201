import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { pollUntil } from '../base/poll.ts';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));

describe('the server as a process of its own', function () {
  this.timeout(60_000);
  let started: ChildProcess[];
  let directory: string;
  beforeEach(async () => {
    started = [];
    directory = await mkdtemp(join(tmpdir(), 'toxiproxy-'));
  });
  afterEach(async () => {
    for (const child of started) child.kill('SIGKILL');
    await rm(directory, { recursive: true });
  });

  const launch = (...flags: string[]) => {
    const child = spawn(process.execPath, [MAIN, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
    started.push(child);
    return child;
  };
  const start = async (...flags: string[]) => {
    const child = launch('--port', '0', ...flags);
    const [line] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string];
    const { listening } = JSON.parse(line) as { listening: string };
    return { child, url: `http://${listening}` };
  };
  const exit = async (child: ChildProcess): Promise<[number | null, string | null]> => {
    if (child.exitCode !== null || child.signalCode !== null) return [child.exitCode, child.signalCode];
    return (await once(child, 'exit')) as [number | null, string | null];
  };
  const configFile = async (text: string) => {
    const file = join(directory, 'proxies.json');
    await writeFile(file, text);
    return file;
  };

  it('says where it listens, and ends cleanly on SIGTERM and SIGINT', async () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const { child, url } = await start();
      assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/);
      assert.equal((await fetch(`${url}/version`)).status, 200);
      child.kill(signal);
      assert.deepEqual(await exit(child), [0, null]);
    }
  });

  it('begins with the proxies of its configuration, and serves metrics when asked to', async () => {
    const proxy = { name: 'edge', listen: '127.0.0.1:0', upstream: '127.0.0.1:9', toxics: [{ type: 'noop' }] };
    const { url } = await start('--config', await configFile(JSON.stringify([proxy])), '--metrics');
    assert.match(await (await fetch(`${url}/proxies`)).text(), /"name":"edge".*noop_downstream/);
    assert.match(await (await fetch(`${url}/metrics`)).text(), /toxiproxy_proxy_toxics/);
  });

  it('ends with code 5 and a hint when the configuration is wrong', async () => {
    const child = launch('--port', '0', '--config', await configFile('[{"name":"edge"}]'));
    let said = '';
    child.stderr!.on('data', (chunk) => {
      said += chunk;
    });
    assert.deepEqual(await exit(child), [5, null]);
    assert.match(said, /could not be made: missing required field: upstream at proxy 1\n.*JSON list/);
  });

  it('refuses flags that make no sense with the usage code', async () => {
    for (const flags of [['--port', '70000'], ['--port', 'x'], ['--owner-lease', '0'], ['--unknown'], ['stray']]) {
      assert.deepEqual(await exit(launch(...flags)), [4, null], flags.join(' '));
    }
  });

  it('ends all leased toxics when its owner is silent for one lease, and exits after another', async () => {
    const { child, url } = await start('--owner-lease', '1500');
    const post = (path: string, body: object) => fetch(url + path, { method: 'POST', body: JSON.stringify(body) });
    await post('/proxies', { name: 'edge', listen: '127.0.0.1:0', upstream: '127.0.0.1:9' });
    await post('/proxies/edge/toxics', { type: 'noop', name: 'leased', lease: 60_000 });
    await post('/proxies/edge/toxics', { type: 'noop', name: 'kept' });
    const lines = await eventLines(url);
    for (let renewal = 0; renewal < 3; renewal += 1) {
      await new Promise((resolve) => setTimeout(resolve, 700));
      assert.equal((await post('/leases', { ms: 60_000 })).status, 200);
    }
    const removed = () => lines.some((line) => line.includes('toxic-removed'));
    await pollUntil(() => (removed() ? { done: true, value: undefined } : { done: false, seen: lines.join() }), {
      subject: 'the leased toxic to be removed',
      timeoutMs: 20_000,
    });
    assert.match(await (await fetch(`${url}/proxies/edge/toxics`)).text(), /^\[[^\]]*"kept"[^\]]*\]$/);
    assert.deepEqual(await exit(child), [0, null]);
  });
});

/** The events of a server, one a line, as they come. */
async function eventLines(url: string): Promise<string[]> {
  const [response] = (await once(get(`${url}/events`), 'response')) as [IncomingMessage];
  const lines: string[] = [];
  response.on('error', () => lines.push('the server is gone'));
  response.on('data', (chunk) => lines.push(...String(chunk).trim().split('\n')));
  return lines;
}
