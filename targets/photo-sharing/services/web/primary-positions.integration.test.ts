import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { createLog } from '../log.ts';
import { eventually } from '../testing/poll.ts';
import { PostgreSql } from '../testing/postgresql.ts';
import { comparablePosition } from './read-position.ts';
import { SqlConnections } from './sql-connections.ts';
import { SqlReader } from './sql-read.ts';

describe('what a read at the primary contains', function () {
  this.timeout(60_000);
  let primary: PostgreSql;
  let standby: PostgreSql;
  let connections: SqlConnections;
  let reader: SqlReader;

  before(async () => {
    primary = await PostgreSql.start('db-1.us-west');
    standby = await primary.standby('db-2.us-west');
    await primary.query("INSERT INTO users (id, name, password_hash) VALUES ('ann', 'first', '')");
    connections = new SqlConnections({
      ...{ name: 'sql', address: { host: '127.0.0.1', port: primary.port }, connectionsMax: 2 },
      log: createLog({ node: 'test', zone: 'test' }),
    });
    reader = new SqlReader({ nearest: connections, primary: connections, onFallback: () => undefined });
  });
  after(async () => {
    await connections?.close();
    await Promise.allSettled([standby?.remove(), primary?.remove()]);
  });

  const read = async () => {
    const text = "SELECT name FROM users WHERE id = 'ann'";
    const { value, contains } = await reader.read({ position: undefined }, async (query) => {
      return (await query<{ name: string }>(text)).rows[0]?.name;
    });
    return { name: value, version: contains === undefined ? '' : comparablePosition(contains) };
  };
  const flushed = async () => {
    const rows = await primary.query<{ lsn: string }>('SELECT pg_current_wal_flush_lsn()::text AS lsn');
    return comparablePosition(rows[0]!.lsn);
  };
  const waitFor = async (names: string) => {
    await primary.query(`ALTER SYSTEM SET synchronous_standby_names = '${names}'`);
    await primary.query('SELECT pg_reload_conf()');
    await eventually('the setting to be in force', async () => {
      const rows = await primary.query<{ names: string }>('SHOW synchronous_standby_names');
      return Object.values(rows[0]!)[0] === names ? true : undefined;
    });
  };
  const rename = (name: string) => primary.query("UPDATE users SET name = $1 WHERE id = 'ann'", [name]);

  it('is every commit that was over', async () => {
    await rename('second');
    const position = await flushed();
    const { name } = await eventually('the position to be contained', async () => {
      const found = await read();
      return found.version >= position ? found : undefined;
    });
    assert.equal(name, 'second');
  });

  it('is no commit that is in the log, and still waits for its standby', async () => {
    await waitFor('nobody');
    const renaming = rename('third');
    await eventually('the commit to wait', async () => {
      const rows = await primary.query("SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep'");
      return rows.length > 0 ? true : undefined;
    });
    const position = await flushed();
    await standby.caughtUpWith(primary);
    // The newest transaction is not in the list of those in progress: the snapshot alone does not tell of it.
    const [snapshot] = await primary.query<{ alone: boolean }>(
      'SELECT pg_snapshot_xmin(now) = pg_snapshot_xmax(now) AS alone FROM pg_current_snapshot() AS now',
    );
    assert.equal(snapshot?.alone, true);
    for (let reads = 0; reads < 20; reads += 1) {
      const { name, version } = await read();
      assert.equal(name, 'second');
      assert.ok(version < position, `${version} is no position before ${position}`);
    }
    await waitFor('');
    await renaming;
    const { name } = await read();
    assert.equal(name, 'third');
    assert.ok((await read()).version >= position);
  });

  it('is what a standby has, while there is one', async () => {
    const [receiver] = await standby.query<{ pid: number }>('SELECT pid FROM pg_stat_wal_receiver');
    process.kill(receiver!.pid, 'SIGSTOP');
    try {
      const before = await flushed();
      await rename('fourth');
      const position = await flushed();
      const { name, version } = await read();
      assert.equal(name, 'fourth');
      assert.ok(before < position && version < position, 'a takeover would lose it');
    } finally {
      process.kill(receiver!.pid, 'SIGCONT');
    }
  });

  it('is nothing of it known, when the standby is gone and commits must wait for one', async () => {
    await waitFor('nobody');
    await standby.kill();
    await eventually('the primary to notice', async () => {
      const rows = await primary.query('SELECT FROM pg_stat_replication');
      return rows.length === 0 ? true : undefined;
    });
    const before = (await read()).version;
    const aborted = "BEGIN; UPDATE users SET name = 'never' WHERE id = 'ann'; ROLLBACK; CHECKPOINT";
    await primary.query(aborted);
    assert.equal((await read()).version, before, 'nothing newer is known');
    await waitFor('');
    const position = await flushed();
    assert.ok(
      (await eventually('the primary to go on alone', async () => {
        const { version } = await read();
        return version >= position ? version : undefined;
      })) > before,
    );
  });
});
