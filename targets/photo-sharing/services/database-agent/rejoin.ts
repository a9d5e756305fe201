import { rmSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { Address } from '../environment.ts';
import type { DataDirectory } from './directory.ts';
import type { Programs } from './programs.ts';

interface Rejoin {
  directory: DataDirectory;
  programs: Programs;
  /** The primary's PostgreSQL, through the edge to it. */
  source: Address;
}

/**
 * Turns a former primary's data into a standby's: what the new primary does not have goes, what is missing comes.
 * PostgreSQL must be stopped and the source prepared; pg_rewind first recovers a cluster that was not shut down.
 * @throws Error when it fails; then only a clone helps, and the directory says `incomplete`.
 */
export async function rewind({ directory, programs, source }: Rejoin): Promise<void> {
  directory.mark('incomplete');
  // Recovery by a single process refuses to follow another server.
  rmSync(join(directory.cluster, 'standby.signal'), { force: true });
  const server = `host=${source.host} port=${source.port} user=postgres dbname=postgres connect_timeout=2`;
  const options = [`--config-file=${directory.configuration}`, `--source-server=${server}`];
  await programs.run('pg_rewind', [`--target-pgdata=${directory.cluster}`, ...options], COPY_MS);
  directory.makeStandby();
  directory.unmark('incomplete');
}

/** A fresh copy of the primary's data. The present data is kept until the copy is complete. */
export async function clone({ directory, programs, source }: Rejoin): Promise<void> {
  rmSync(directory.copy, { recursive: true, force: true });
  const server = [`--host=${source.host}`, `--port=${source.port}`, '--username=replicator', '--no-password'];
  const options = ['--checkpoint=fast', '--wal-method=stream', `--pgdata=${directory.copy}`];
  await programs.run('pg_basebackup', [...server, ...options], COPY_MS);
  directory.adoptCopy();
}

/**
 * The source must be out of recovery, and its control file must know: without a checkpoint after its promotion
 * pg_rewind would find both on the same timeline and do nothing.
 * @throws Error when it is not reachable, or not a primary.
 */
export async function prepareSource({ host, port }: Address): Promise<void> {
  const login = { host, port, user: 'postgres', database: 'postgres' };
  const client = new pg.Client({ ...login, connectionTimeoutMillis: CONNECT_MS });
  client.on('error', () => undefined);
  const deadline = AbortSignal.timeout(SOURCE_MS);
  deadline.addEventListener('abort', () => client.end().catch(() => undefined));
  await client.connect();
  try {
    const { rows } = await client.query<{ recovering: boolean }>('SELECT pg_is_in_recovery() AS recovering');
    if (rows[0]?.recovering !== false) throw new Error(`PostgreSQL at ${host}:${port} is no primary yet`);
    await client.query('CHECKPOINT');
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** As long as PostgreSQL's own programs wait. */
const CONNECT_MS = 2000;
const SOURCE_MS = 10_000;
const COPY_MS = 60_000;
