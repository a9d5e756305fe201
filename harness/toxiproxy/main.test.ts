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
import { draws } from './testing/draws.ts';
import { Upstream } from './testing/fixture.ts';

const MAIN = fileURLToPath(new URL('start.mjs', import.meta.url));

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

  it('listens where --host says', async () => {
    const { url } = await start('--host', 'localhost');
    assert.match(url, /^http:\/\/(127\.0\.0\.1|\[::1\]):\d+$/);
    assert.equal((await fetch(`${url}/version`)).status, 200);
  });

  it('draws as its --seed says', async () => {
    const upstream = await Upstream.start();
    try {
      const [first, second, other] = await Promise.all([
        start('--seed', '7'),
        start('--seed', '7'),
        start('--seed', '8'),
      ]);
      const drawn = await draws(first.url, upstream);
      assert.deepEqual(await draws(second.url, upstream), drawn);
      assert.notDeepEqual(await draws(other.url, upstream), drawn);
    } finally {
      await upstream.stop();
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
    const ownerLeaseMs = 1500;
    const { child, url } = await start('--owner-lease', String(ownerLeaseMs));
    const post = (path: string, body: object) => fetch(url + path, { method: 'POST', body: JSON.stringify(body) });
    await post('/proxies', { name: 'edge', listen: '127.0.0.1:0', upstream: '127.0.0.1:9' });
    await post('/proxies/edge/toxics', { type: 'noop', name: 'leased', lease: 60_000 });
    await post('/proxies/edge/toxics', { type: 'noop', name: 'kept' });
    const lines = await eventLines(url);
    const renew = async () =>
      (await (await post('/leases', { ms: 60_000 })).json()) as { renewed: number; atMs: number };
    const first = await renew();
    await pollUntil(
      async () => {
        const { renewed, atMs } = await renew();
        assert.equal(renewed, 1, 'the leased toxic is gone although its owner is there');
        const passedMs = atMs - first.atMs;
        return passedMs > 2 * ownerLeaseMs ? { done: true, value: undefined } : { done: false, seen: `${passedMs} ms` };
      },
      { subject: 'two lease times to pass while the owner renews', timeoutMs: 20_000 },
    );
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
