import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'mocha';
import type { Address, Readiness } from '../../../model/topology.ts';
import { healthCheck } from './health-check.ts';

describe('The health check of a service', () => {
  let server: Server;
  let address: Address;

  before(async () => {
    server = createServer((request, response) => {
      response.statusCode = request.url === '/refusing' ? 503 : 200;
      response.end(`{"path":"${request.url}","it's":true}`);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    address = { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
  });
  after(() => server.close());

  /** As Docker runs it, after Compose has read it. */
  async function passes(readiness: Readiness, at: Address = address): Promise<boolean> {
    const [, program = '', ...options] = healthCheck(readiness, at).test;
    const command = spawn(
      program,
      options.map((option) => option.replaceAll('$$', '$')),
      { stdio: 'ignore' },
    );
    const [code] = (await once(command, 'exit')) as [number | null];
    return code === 0;
  }

  it('passes where a port takes connections, and fails where nobody listens', async () => {
    assert.equal(await passes({ kind: 'tcp', port: 'http' }), true);
    assert.equal(await passes({ kind: 'tcp', port: 'http' }, { host: '127.0.0.1', port: 1 }), false);
  });

  it('passes for a page that is there, and fails for one that is refused', async () => {
    assert.equal(await passes({ kind: 'http', port: 'http', path: '/healthz' }), true);
    assert.equal(await passes({ kind: 'http', port: 'http', path: '/refusing' }), false);
    assert.equal(await passes({ kind: 'http', port: 'http', path: '/' }, { host: '127.0.0.1', port: 1 }), false);
  });

  it('looks for text in the page where the readiness does', async () => {
    const page = (bodyIncludes: string): Readiness => ({ kind: 'http', port: 'http', path: '/state', bodyIncludes });
    assert.equal(await passes(page(`"it's":true`)), true);
    assert.equal(await passes(page(`"it's":false`)), false);
    const refused: Readiness = { kind: 'http', port: 'http', path: '/refusing', bodyIncludes: `"it's":true` };
    assert.equal(await passes(refused), false);
  });

  it('asks for the path of the readiness', async () => {
    const path = '/state?of=$HOME&100%';
    assert.equal(await passes({ kind: 'http', port: 'http', path, bodyIncludes: `"path":"${path}"` }), true);
  });
});
