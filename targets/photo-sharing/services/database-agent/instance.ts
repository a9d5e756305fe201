import { type Configuration, renderAdmission, renderConfiguration, synchronousNames } from './configuration.ts';
import { Database, type DatabaseStatus } from './database.ts';
import type { DataDirectory } from './directory.ts';
import { pollUntil } from './poll.ts';
import { Postgres } from './postgres.ts';
import type { Programs } from './programs.ts';
import type { Role, Settings } from './settings.ts';

/** What may change while PostgreSQL runs. */
type Mode = Pick<Configuration, 'epoch' | 'synchronous' | 'writable'> & {
  /** The application may log in. */
  letIn: boolean;
};

/** This node's PostgreSQL together with its configuration: what runs, as what, and whom it lets in. */
export class Instance {
  readonly database: Database;
  readonly #settings: Settings;
  readonly #directory: DataDirectory;
  readonly #postgres: Postgres;
  #mode: Mode = { epoch: 0, synchronous: false, writable: false, letIn: false };
  #role: Role | undefined;

  constructor(settings: Settings, directory: DataDirectory, programs: Programs) {
    this.#settings = settings;
    this.#directory = directory;
    this.#postgres = new Postgres(directory, programs);
    this.database = new Database(settings.sql);
  }

  /** Undefined when it does not run. From the order to promote on it counts as primary. */
  get role(): Role | undefined {
    return this.#postgres.running ? this.#role : undefined;
  }

  get postmaster(): number | undefined {
    return this.#postgres.postmaster;
  }

  get mode(): Readonly<Mode> {
    return this.#mode;
  }

  /** @throws Error when it does not accept sessions within the limit; it is ended then. */
  async start(role: Role, mode: Mode): Promise<void> {
    this.#role = role;
    this.writeMode(mode);
    await this.database.forgetSessions();
    try {
      await this.#postgres.start(() => this.#answers(), START_MS);
    } catch (error) {
      await this.fence();
      throw error;
    }
  }

  /**
   * Changes the mode; resolves when every new session sees it and every process has been told. A session that is in
   * the middle of a command sees it with its next one.
   */
  async change(change: Partial<Mode>): Promise<void> {
    this.writeMode({ ...this.#mode, ...change });
    await this.database.reload();
    const expected = {
      synchronous_standby_names: synchronousNames(this.#configuration()),
      'faultline.epoch': String(this.#mode.epoch),
      default_transaction_read_only: this.#mode.writable ? 'off' : 'on',
    };
    await pollUntil(() => this.database.newSessionSees(expected), {
      subject: 'PostgreSQL to take up its new configuration',
      timeoutMs: RELOAD_MS,
      intervalMs: 10,
    });
  }

  /** Writes the files only: for the next start. */
  writeMode(mode: Mode): void {
    this.#mode = mode;
    this.#directory.write(this.#directory.configuration, renderConfiguration(this.#configuration()));
    this.#directory.write(this.#directory.admission, renderAdmission({ ...mode, password: this.#settings.password }));
  }

  /** Resolves when the server has left recovery, with its position. */
  async promote(): Promise<DatabaseStatus> {
    this.#role = 'primary';
    await this.database.startPromotion();
    let status: DatabaseStatus | undefined;
    await pollUntil(
      async () => {
        if (!this.#postgres.running) return true;
        status = await this.database.status(this.#settings.peer?.name);
        return status.role === 'primary';
      },
      { subject: 'PostgreSQL to be promoted', timeoutMs: START_MS, intervalMs: 10 },
    );
    if (status?.role !== 'primary') throw new Error('PostgreSQL was ended while it was promoted');
    return status;
  }

  async stop(limitMs: number): Promise<void> {
    await this.#postgres.stop(limitMs);
    this.#role = undefined;
  }

  async fence(): Promise<void> {
    await this.#postgres.fence();
    this.#role = undefined;
  }

  async endLeftOver(): Promise<boolean> {
    return await this.#postgres.endLeftOver();
  }

  #configuration(): Configuration {
    const { node, sql, peer } = this.#settings;
    return { ...this.#mode, node, listen: sql, peer };
  }

  async #answers(): Promise<boolean> {
    return await this.database.status(this.#settings.peer?.name).then(
      () => true,
      () => false,
    );
  }
}

/** Crash recovery and catching up to a consistent state may take this long on a busy machine. */
const START_MS = 20_000;
const RELOAD_MS = 3000;
