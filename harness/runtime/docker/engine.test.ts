import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { EXIT_USAGE } from '../../base/errors.ts';
import { connectEngine, findEngine } from './engine.ts';

describe('The connection to an engine', () => {
  const host = process.env.DOCKER_HOST;
  let folder: string;
  let server: Server | undefined;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'faultline-engine-'));
    process.env.DOCKER_HOST = `unix://${folder}/engine.sock`;
  });
  afterEach(async () => {
    if (host === undefined) delete process.env.DOCKER_HOST;
    else process.env.DOCKER_HOST = host;
    await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
    server = undefined;
    rmSync(folder, { recursive: true });
  });

  /** Speaks as much of the API as the greeting asks for. */
  const engineOf = async (version: string, apiVersion: string) => {
    server = createServer((_, response) => response.end(JSON.stringify({ Version: version, ApiVersion: apiVersion })));
    server.listen(join(folder, 'engine.sock'));
    await once(server, 'listening');
  };

  it('is where DOCKER_HOST says', async () => {
    await engineOf('20.10.24', '1.41');
    const { version, apiVersion } = await connectEngine();
    assert.deepEqual({ version, apiVersion }, { version: '20.10.24', apiVersion: '1.41' });
  });

  it('is a problem of the user where none answers, with the reason and the next step', async () => {
    await assert.rejects(connectEngine(), {
      code: 'no-engine',
      message: `No Docker Engine answers (unix://${folder}/engine.sock: connect ENOENT ${folder}/engine.sock)`,
      hint: 'Start Docker, or tell where it listens with DOCKER_HOST. "--runtime process" needs none.',
      exitCode: EXIT_USAGE,
    });
    assert.equal(await findEngine(), null);
  });

  it('is refused when the engine is too old, with both versions', async () => {
    await engineOf('18.06.3', '1.38');
    await assert.rejects(connectEngine(), {
      code: 'engine-too-old',
      message: 'The Docker Engine 18.06.3 speaks version 1.38 of the API; expected 1.40 or newer',
      exitCode: EXIT_USAGE,
    });
  });
});
