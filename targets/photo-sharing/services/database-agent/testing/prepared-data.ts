import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { readEnvironment } from '../../environment.ts';
import { freePort } from '../../testing/free-ports.ts';
import { bootstrap } from '../bootstrap.ts';
import { DataDirectory } from '../directory.ts';
import { Instance } from '../instance.ts';
import { Programs } from '../programs.ts';
import { type Role, readSettings } from '../settings.ts';
import { findProgramUser } from '../user.ts';

/** The folder of PostgreSQL's own programs. */
export const PROGRAMS = process.env.POSTGRES_BIN ?? '/usr/lib/postgresql/15/bin';
const SCHEMA = fileURLToPath(new URL('../../web/schema.sql', import.meta.url));

/**
 * Data as the first primary makes it, made once. A copy of it takes a fraction of what initdb and pg_basebackup take,
 * which are the subject of one test and only in the way of the others.
 */
export class PreparedData {
  readonly #root: string;

  private constructor(root: string) {
    this.#root = root;
  }

  static async make(): Promise<PreparedData> {
    const root = await mkdtemp(join(tmpdir(), 'database-agent-data-'));
    await chmod(root, 0o755);
    const settings = readEnvironment(
      {
        ...{ FAULTLINE_NODE: 'db.prepared', FAULTLINE_ZONE: 'prepared', FAULTLINE_RUN: 'test' },
        ...{ DATABASE_DIRECTORY: root, DATABASE_LISTEN: `127.0.0.1:${await freePort()}`, DATABASE_SCHEMA: SCHEMA },
        ...{ DATABASE_PEER: 'db.nobody', POSTGRES_BIN: PROGRAMS },
        ...Object.fromEntries(
          ['AGENT_LISTEN', 'PEER_SQL', 'PEER_AGENT', 'COORDINATORS'].map((name) => [name, NOWHERE]),
        ),
      },
      readSettings,
    );
    const user = findProgramUser();
    const [directory, programs] = [new DataDirectory(root, user), new Programs(PROGRAMS, user)];
    const instance = new Instance(settings, directory, programs);
    await bootstrap({ directory, programs, instance, schema: SCHEMA, password: settings.password });
    await instance.database.close();
    return new PreparedData(root);
  }

  /** A data directory that its agent finds as if it had made it itself: a first primary, or a copy of that one. */
  async place(root: string, role: Role): Promise<void> {
    const directory = new DataDirectory(root, findProgramUser());
    await promisify(execFile)('cp', ['-a', join(this.#root, 'cluster'), directory.cluster]);
    if (role === 'primary') directory.mark('unclaimed');
    else directory.makeStandby();
  }

  async remove(): Promise<void> {
    await rm(this.#root, { recursive: true, force: true });
  }
}

const NOWHERE = '127.0.0.1:1';
