import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataDirectory } from './directory.ts';
import { fencePostgres } from './fence-postgres.ts';
import { postgresProcesses, recordedPostmaster } from './processes.ts';
import type { Programs } from './programs.ts';

/** The PostgreSQL server as this agent's child process. */
export class Postgres {
  readonly #directory: DataDirectory;
  readonly #programs: Programs;
  #child: ChildProcess | undefined;

  constructor(directory: DataDirectory, programs: Programs) {
    this.#directory = directory;
    this.#programs = programs;
  }

  get postmaster(): number | undefined {
    return this.#child?.pid;
  }

  get running(): boolean {
    return this.#child !== undefined;
  }

  /**
   * Starts the server and waits until `answers`.
   * @throws Error with the end of the server's log when it ends before, or does not answer within the limit.
   */
  async start(answers: () => Promise<boolean>, limitMs: number): Promise<void> {
    const { cluster, configuration, admission, log } = this.#directory;
    // A file, not a pipe: nobody has to read it, so a paused agent cannot block the server.
    const output = openSync(log, 'a');
    const parameters = ['-D', cluster, '-c', `config_file=${configuration}`, '-c', `hba_file=${admission}`];
    const child = spawn(this.#programs.path('postgres'), parameters, {
      ...this.#programs.user,
      cwd: '/',
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    this.#child = child;
    let ended: string | undefined;
    const onEnd = (reason: string) => {
      ended = reason;
      if (this.#child === child) this.#child = undefined;
    };
    child.once('error', (error) => onEnd(error.message));
    child.once('exit', (code, signal) => onEnd(`ended with ${signal ?? `code ${code}`}`));
    for (let waitedMs = 0; waitedMs < limitMs; waitedMs += START_STEP_MS) {
      await sleep(START_STEP_MS);
      if (ended !== undefined)
        throw new Error(`PostgreSQL ${ended} while starting; the end of its log:\n${this.#logEnd()}`);
      if (await answers()) return;
    }
    throw new Error(`PostgreSQL did not answer within ${limitMs} ms; the end of its log:\n${this.#logEnd()}`);
  }

  /** Lets the standby have everything, ends every session, writes a last checkpoint; after the limit it is fenced. */
  async stop(limitMs: number): Promise<void> {
    const postmaster = this.postmaster;
    this.#child?.kill('SIGINT');
    for (let waitedMs = 0; this.running && waitedMs < limitMs; waitedMs += START_STEP_MS) await sleep(START_STEP_MS);
    await fencePostgres(this.#directory.cluster, postmaster);
  }

  /** Nothing of this server answers any more when it resolves. */
  async fence(): Promise<void> {
    const postmaster = this.postmaster;
    await fencePostgres(this.#directory.cluster, postmaster);
    this.#child = undefined;
  }

  /** Ends a server that an earlier life of this agent has left behind. Returns whether there was one. */
  async endLeftOver(): Promise<boolean> {
    const { cluster } = this.#directory;
    const recorded = recordedPostmaster(cluster);
    const postmaster = postgresProcesses(cluster, undefined).find((pid) => pid === recorded);
    const found = await fencePostgres(cluster, postmaster);
    // Nobody is in the directory any more, whoever may have got that process number since.
    rmSync(join(cluster, 'postmaster.pid'), { force: true });
    return found;
  }

  #logEnd(): string {
    return readFileSync(this.#directory.log, 'utf8').slice(-LOG_CHARACTERS).trim();
  }
}

const START_STEP_MS = 20;
const LOG_CHARACTERS = 1500;
