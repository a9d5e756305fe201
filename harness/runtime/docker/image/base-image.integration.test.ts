import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import type Docker from 'dockerode';
import { after, before, describe, it } from 'mocha';
import type { Problem } from '../../../base/errors.ts';
import { engineOrSkip } from '../testing/engine.ts';
import { startRegistry } from '../testing/registry.ts';
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

  it('is pulled where a registry answers', async () => {
    await using registry = await startRegistry(await engineArchitecture(engine));
    await pullImage(engine, registry.reference, { signal });
    assert.equal(await imageExists(engine, registry.reference), true);
    await engine.getImage(registry.reference).remove();
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

  it('names the package to install where it can be made and mmdebstrap is missing', async function () {
    const architecture = await engineArchitecture(engine);
    if (whyNotMadeHere(architecture) !== undefined) this.skip();
    const { PATH, FAULTLINE_BOOTSTRAP } = process.env;
    Object.assign(process.env, { PATH: '/nowhere', FAULTLINE_BOOTSTRAP: 'off' });
    try {
      const importing = importBaseImage(engine, 'faultline/test-base:never', {
        architecture,
        onProgress: () => undefined,
        signal,
      });
      await assert.rejects(importing, (problem: Problem) => {
        assert.equal(problem.code, 'mmdebstrap-missing');
        assert.match(problem.message, /Nothing is installed, because FAULTLINE_BOOTSTRAP is "off"/);
        assert.match(problem.message, /apt-get install .* mmdebstrap/);
        return true;
      });
    } finally {
      Object.assign(process.env, { PATH });
      if (FAULTLINE_BOOTSTRAP === undefined) delete process.env.FAULTLINE_BOOTSTRAP;
      else process.env.FAULTLINE_BOOTSTRAP = FAULTLINE_BOOTSTRAP;
    }
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
