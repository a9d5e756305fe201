import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { freePort } from './free-ports.ts';
import { eventually } from './poll.ts';
import { Program, removeFolder, temporaryFolder } from './programs.ts';

const PROGRAMS = process.env.POSTGRES_BIN ?? '/usr/lib/postgresql/15/bin';
const SCHEMA = fileURLToPath(new URL('../web/schema.sql', import.meta.url));

let template: Promise<string> | undefined;

/** A real PostgreSQL of its own, with the site's schema; `standby` makes a copy that streams from it. */
export class PostgreSql {
  readonly port: number;
  readonly #folder: string;
  #program: Program;

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.port = port;
    this.#program = this.#run();
  }

  static async start(name: string): Promise<PostgreSql> {
    template ??= PostgreSql.#makeTemplate();
    const folder = temporaryFolder(name, databaseUser());
    executeCommand(['cp', '-a', join(await template, 'data'), folder]);
    const port = await freePort();
    configure(folder, name, port);
    const server = new PostgreSql(folder, port);
    await server.ready();
    return server;
  }

  /** Data with the schema, stopped in order: copying it takes a tenth of the time that making it takes. */
  static async #makeTemplate(): Promise<string> {
    const folder = temporaryFolder('template', databaseUser());
    const port = await freePort();
    const options = ['-U', 'postgres', '--auth=trust', '--no-sync', '--locale=C', '-E', 'UTF8'];
    execute('initdb', ['-D', join(folder, 'data'), ...options]);
    configure(folder, 'template', port);
    const server = new PostgreSql(folder, port);
    await server.ready();
    execute('createdb', [...server.#login, 'photos']);
    execute('psql', [...server.#login, '-q', '-v', 'ON_ERROR_STOP=1', '-d', 'photos', '-f', '-'], SCHEMA);
    await server.#program.stop('SIGINT');
    return folder;
  }

  /** A streaming standby, made from a base backup. */
  async standby(name: string): Promise<PostgreSql> {
    const folder = temporaryFolder(name, databaseUser());
    const port = await freePort();
    execute('pg_basebackup', [
      ...this.#login,
      '-D',
      join(folder, 'data'),
      '-R',
      '-c',
      'fast',
      '-X',
      'stream',
      '--no-sync',
    ]);
    configure(folder, name, port);
    const server = new PostgreSql(folder, port);
    await server.ready();
    return server;
  }

  /** Runs one statement as superuser. */
  async query<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    const client = await this.connect();
    try {
      return (await client.query<Row>(text, values)).rows;
    } finally {
      await client.end();
    }
  }

  /** A superuser's connection, for whoever needs more than one statement. */
  async connect(): Promise<pg.Client> {
    const address = { host: '127.0.0.1', port: this.port, user: 'postgres', database: 'photos' };
    const client = new pg.Client({ ...address, connectionTimeoutMillis: 10_000, query_timeout: 20_000 });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  /** Of a standby: resolves when it has replayed everything that its primary has by now. */
  async caughtUpWith(primary: PostgreSql): Promise<void> {
    await eventually('the standby to replay everything', async () => {
      const [end] = await primary.query<{ lsn: string }>('SELECT pg_current_wal_flush_lsn()::text AS lsn');
      const text = 'SELECT FROM (SELECT pg_last_wal_replay_lsn() AS lsn) AS replayed WHERE lsn >= $1::pg_lsn';
      return (await this.query(text, [end!.lsn])).length > 0 ? true : undefined;
    });
  }

  async ready(): Promise<void> {
    await eventually(`PostgreSQL to answer:\n${this.#program.output}`, () => {
      execute('pg_isready', ['-h', '127.0.0.1', '-p', String(this.port)]);
      return true;
    });
  }

  async restart(): Promise<void> {
    await this.kill();
    this.#program = this.#run();
    await this.ready();
  }

  async kill(): Promise<void> {
    await this.#program.stop('SIGKILL');
  }

  async remove(): Promise<void> {
    await this.kill();
    removeFolder(this.#folder);
  }

  get #login(): string[] {
    return ['-h', '127.0.0.1', '-p', String(this.port), '-U', 'postgres'];
  }

  #run(): Program {
    const [executable, ...programArguments] = asDatabaseUser([
      join(PROGRAMS, 'postgres'),
      '-D',
      join(this.#folder, 'data'),
    ]);
    return new Program(executable!, programArguments);
  }
}

function configure(folder: string, name: string, port: number): void {
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    cluster_name: name,
    'faultline.epoch': 7,
    unix_socket_directories: '',
    shared_buffers: '16MB',
    fsync: 'off',
    wal_retrieve_retry_interval: '200ms',
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key} = '${value}'\n`);
  appendFileSync(join(folder, 'data/postgresql.conf'), lines.join(''));
}

/** PostgreSQL refuses to run as root. */
function databaseUser(): { uid: number; gid: number } | undefined {
  if (userInfo().uid !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

function asDatabaseUser(command: readonly string[]): readonly string[] {
  if (userInfo().uid !== 0) return command;
  return ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups', ...command];
}

function execute(program: string, programArguments: readonly string[], inputFile?: string): void {
  executeCommand([join(PROGRAMS, program), ...programArguments], inputFile);
}

function executeCommand(command: readonly string[], inputFile?: string): void {
  const [executable, ...rest] = asDatabaseUser(command);
  execFileSync(executable!, rest, {
    input: inputFile === undefined ? '' : readFileSync(inputFile),
    stdio: ['pipe', 'ignore', 'pipe'],
    cwd: '/',
  });
}
