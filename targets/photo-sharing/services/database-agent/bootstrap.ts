import { rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import pg from 'pg';
import type { DataDirectory } from './directory.ts';
import type { Instance } from './instance.ts';
import type { Programs } from './programs.ts';

interface Bootstrap {
  directory: DataDirectory;
  programs: Programs;
  instance: Instance;
  /** Path of the SQL file applied once, in the database `photos`. */
  schema: string;
  /** Of every role; undefined: none has one. */
  password: string | undefined;
}

/**
 * Makes the first primary's data: an empty cluster, the roles, the database and its schema. It ends stopped and
 * `unclaimed`; nobody was let in. Durability is not needed before anyone was told of anything.
 */
export async function bootstrap({ directory, programs, instance, schema, password }: Bootstrap): Promise<void> {
  rmSync(directory.cluster, { recursive: true, force: true });
  directory.mark('incomplete');
  const options = [
    '--no-sync',
    '--no-instructions',
    '--username=postgres',
    '--auth=trust',
    '--encoding=UTF8',
    '--locale=C',
  ];
  if (password !== undefined) {
    directory.write(directory.password, password);
    options.push(`--pwfile=${directory.password}`);
  }
  await programs.run('initdb', [...options, `--pgdata=${directory.cluster}`], INITDB_MS);
  rmSync(directory.password, { force: true });
  await instance.start('primary', { epoch: 0, synchronous: false, writable: true, letIn: false });
  try {
    const login = password === undefined ? 'LOGIN' : `LOGIN PASSWORD ${pg.escapeLiteral(password)}`;
    const roles = `CREATE ROLE replicator REPLICATION ${login}; CREATE ROLE photos ${login}`;
    await instance.database.runScript('postgres', roles);
    await instance.database.runScript('postgres', 'CREATE DATABASE photos OWNER photos');
    await instance.database.runScript('photos', await readFile(schema, 'utf8'));
  } finally {
    await instance.stop(STOP_MS);
  }
  directory.mark('unclaimed');
  directory.unmark('incomplete');
}

const INITDB_MS = 30_000;
const STOP_MS = 10_000;
