import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import type Docker from 'dockerode';
import { after, before, describe, it } from 'mocha';
import type { Problem } from '../../../base/errors.ts';
import { engineOrSkip } from '../testing/engine.ts';
import { engineArchitecture } from './engine-platform.ts';
import { imageExists } from './images.ts';
import { importBaseImage, whyNotMadeHere } from './make-base-image.ts';
import { pullImage } from './pull.ts';

describe('The base image', function () {
  this.timeout(120_000);
  const signal = new AbortController().signal;
  const sockets: Socket[] = [];
  let engine: Docker;
  let silent: Server;

  before(async function () {
    engine = (await engineOrSkip(this)).api;
    silent = createServer((socket) => sockets.push(socket.on('error', () => undefined))).listen(0, '127.0.0.1');
    await once(silent, 'listening');
  });
  after(() => {
    silent?.close();
    for (const socket of sockets) socket.destroy();
  });

  it('is not waited for where the registry accepts connections and says nothing', async () => {
    const reference = `127.0.0.1:${(silent.address() as AddressInfo).port}/debian:bookworm-slim`;
    await assert.rejects(pullImage(engine, reference, { signal, firstAnswerMsMax: 500 }), (problem: Problem) => {
      assert.equal(problem.code, 'not-pulled');
      assert.equal(problem.message, `${reference} could not be pulled: no answer within 0.5 s`);
      return true;
    });
  });

  it('is not waited for where nothing listens, and the engine tells why', async () => {
    await assert.rejects(pullImage(engine, '127.0.0.1:9/debian:bookworm-slim', { signal }), (problem: Problem) => {
      assert.equal(problem.code, 'not-pulled');
      assert.match(problem.message, /^127\.0\.0\.1:9\/debian:bookworm-slim could not be pulled: .+/);
      return true;
    });
  });

  it('leaves neither a folder nor an image when its making is aborted', async function () {
    const architecture = await engineArchitecture(engine);
    if (whyNotMadeHere(architecture) !== undefined) this.skip();
    const reference = `faultline/test-base:${process.pid}`;
    const abort = new AbortController();
    const reason = new Error('enough');
    const onProgress = (line: string) => {
      if (/running apt-get update/.test(line)) abort.abort(reason);
    };
    await assert.rejects(
      importBaseImage(engine, reference, { architecture, onProgress, signal: abort.signal }),
      reason,
    );
    assert.equal(await imageExists(engine, reference), false);
    assert.deepEqual(
      readdirSync(tmpdir()).filter((entry) => entry.startsWith('faultline-base-image-')),
      [],
    );
  });
});
