import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { Problem } from '../../base/errors.ts';
import { pollUntil } from '../../base/poll.ts';
import { watchEngine } from './engine-watch.ts';
import { engineOrSkip } from './testing/engine.ts';

describe('The watch over an engine', function () {
  this.timeout(20_000);
  let folder: string;
  let relay: Server;
  const sockets = new Set<Socket>();
  let api: Docker;

  /** A socket before the engine's own, so that the engine can seem to go without going. */
  beforeEach(async function () {
    const { socketPath } = (await engineOrSkip(this)).api.modem as { socketPath?: string };
    if (socketPath === undefined) this.skip();
    folder = mkdtempSync(join(tmpdir(), 'faultline-watch-'));
    relay = createServer((client) => {
      const engine = connect(socketPath);
      for (const socket of [client, engine]) sockets.add(socket.on('error', () => undefined));
      client.pipe(engine).pipe(client);
    }).listen(join(folder, 'engine.sock'));
    await once(relay, 'listening');
    api = new Docker({ socketPath: join(folder, 'engine.sock') });
  });
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    relay?.close();
    if (folder) rmSync(folder, { recursive: true });
  });

  it('tells when the engine ends', async () => {
    const watch = await watchEngine(api, 'nobody');
    assert.equal(watch.lost.aborted, false);
    for (const socket of sockets) socket.destroy();
    await pollUntil(() => (watch.lost.aborted ? { done: true, value: true } : { done: false, seen: 'not yet' }), {
      subject: 'the loss of the engine to be noticed',
      timeoutMs: 10_000,
    });
    assert.equal((watch.lost.reason as Problem).code, 'engine-lost');
  });

  it('says nothing when it is closed first', async () => {
    const watch = await watchEngine(api, 'nobody');
    watch.close();
    for (const socket of sockets) socket.destroy();
    await once(relay.close(), 'close');
    assert.equal(watch.lost.aborted, false);
  });
});
