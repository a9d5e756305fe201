import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { after, before, describe, it } from 'mocha';
import pg from 'pg';
import { freePorts } from '../testing/free-ports.ts';
import { eventually } from '../testing/poll.ts';
import { type Program, removeFolder, temporaryFolder } from '../testing/programs.ts';
import { startService } from '../testing/service.ts';
import type { AgentState } from './peer.ts';
import { PROGRAMS } from './testing/prepared-data.ts';
import { findProgramUser } from './user.ts';

const LEASE_MS = 1000;
const PASSWORD = "it's a secret";
const SCHEMA = fileURLToPath(new URL('../web/schema.sql', import.meta.url));

describe('a database without a peer', function () {
  this.timeout(60_000);
  let folder: string;
  let ports: Record<string, number>;
  let agent: Program;

  const start = () => {
    agent = startService('database-agent', {
      FAULTLINE_NODE: 'db.us-west',
      FAULTLINE_ZONE: 'us-west',
      DATABASE_DIRECTORY: join(folder, 'data'),
      DATABASE_LISTEN: `127.0.0.1:${ports.sql}`,
      AGENT_LISTEN: `127.0.0.1:${ports.http}`,
      DATABASE_INITIAL_ROLE: 'primary',
      DATABASE_SCHEMA: SCHEMA,
      POSTGRES_BIN: PROGRAMS,
      PGPASSWORD: PASSWORD,
      ...{ LEASE_MS: String(LEASE_MS), LEASE_STEP_DOWN_MS: '300', LEASE_RENEW_MS: '100', LEASE_REQUEST_MS: '200' },
    });
  };
  const ready = () =>
    eventually('the database to be ready', async () => {
      const state = (await (await fetch(`http://127.0.0.1:${ports.http}/state`)).json()) as AgentState;
      return state.ready ? state : undefined;
    });
  const connect = async ({ user = 'photos', password = PASSWORD } = {}) => {
    const address = { host: '127.0.0.1', port: ports.sql!, user, password, database: 'photos' };
    const client = new pg.Client({ ...address, connectionTimeoutMillis: 5000 });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  };
  const query = async (text: string) => {
    const client = await connect();
    try {
      return (await client.query<{ id: string }>(text)).rows;
    } finally {
      await client.end();
    }
  };

  before(async () => {
    folder = temporaryFolder('lone-agent', findProgramUser());
    ports = await freePorts(['sql', 'http']);
    start();
  });
  after(async () => {
    await agent?.stop('SIGTERM');
    if (folder !== undefined) removeFolder(folder);
  });

  it('opens as primary by itself, and takes writes', async () => {
    const { role, epoch, inSync } = await ready();
    assert.deepEqual({ role, epoch, inSync }, { role: 'primary', epoch: 1, inSync: false });
    await query("INSERT INTO users (id, name, password_hash) VALUES ('ada', 'Ada', 'none')");
  });

  it('lets nobody in who does not know its password', async () => {
    for (const user of ['photos', 'postgres']) {
      await assert.rejects(connect({ user, password: 'a guess' }), /password authentication failed/, user);
    }
    await (await connect({ user: 'postgres' })).end();
  });

  it('goes on serving after it stood still for longer than any lease', async () => {
    const client = await connect();
    agent.signal('SIGSTOP');
    await sleep(2 * LEASE_MS);
    agent.signal('SIGCONT');
    assert.equal((await client.query('SELECT id FROM users')).rows.length, 1);
    await client.end();
    assert.equal((await ready()).epoch, 1);
  });

  it('has everything that it acknowledged when it is started again after a kill', async () => {
    await agent.stop();
    start();
    assert.equal((await ready()).epoch, 2);
    assert.deepEqual(await query('SELECT id FROM users'), [{ id: 'ada' }]);
  });
});
