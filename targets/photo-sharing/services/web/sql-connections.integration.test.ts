import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { createLog } from '../log.ts';
import { eventually } from '../testing/poll.ts';
import { PostgreSql } from '../testing/postgresql.ts';
import { Deadline, DeadlineExceeded } from './deadline.ts';
import { type RunQuery, SqlConnections } from './sql-connections.ts';

const backend = async (query: RunQuery) =>
  (await query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]!.pid;

describe('connections to the database', function () {
  this.timeout(60_000);
  let server: PostgreSql;
  let connections: SqlConnections;

  before(async () => {
    server = await PostgreSql.start('db.us-west');
    const address = { host: '127.0.0.1', port: server.port };
    connections = new SqlConnections({
      name: 'sql',
      address,
      connectionsMax: 1,
      log: createLog({ node: 'test', zone: '' }),
    });
  });
  after(async () => {
    await connections?.close();
    await server?.remove();
  });

  const soon = () => Deadline.after(5000);
  const missDeadline = async (transactional: boolean) => {
    const slow = (query: RunQuery) => query('SELECT pg_sleep(0.5)');
    await assert.rejects(connections.use(Deadline.after(100), slow, { transactional }), DeadlineExceeded);
  };

  it('are used again once a late answer has come', async () => {
    const pid = await connections.use(soon(), backend);
    assert.equal(connections.isSlow, false);
    await missDeadline(false);
    assert.equal(await connections.use(soon(), backend), pid);
    assert.equal(connections.isSlow, true);
  });

  it('are not used again when a statement of a transaction is late: nobody knows how it stands', async () => {
    const pid = await connections.use(soon(), backend);
    await missDeadline(true);
    assert.notEqual(await connections.use(soon(), backend), pid);
  });

  it('are given up when no answer comes', async () => {
    const pid = await connections.use(soon(), backend);
    const silent = (query: RunQuery) => query('SELECT pg_sleep(60)');
    await assert.rejects(connections.use(Deadline.after(100), silent, { transactional: false }), DeadlineExceeded);
    assert.equal(connections.counts.open, 1);
    await eventually('the silent one to be given up', async () => connections.counts.open === 0 || undefined);
    assert.notEqual(await connections.use(soon(), backend), pid);
  });
});
