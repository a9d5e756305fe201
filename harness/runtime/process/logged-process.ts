import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../base/errors.ts';
import type { Launched, ProcessEnd } from '../launched.ts';
import { type ProcessIdentity, startTimeOf } from '../process-table.ts';
import { makeFolder } from '../run-folder.ts';
import { killGroups, type ProcessGroup } from './killing.ts';

export interface LaunchCommand {
  readonly executable: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** PostgreSQL writes its temporary files as a user of its own. */
const SHARED_TEMPORARY_MODE = 0o1777;

/**
 * A program in a process group and a directory of its own, which can be started again and again. What it prints goes
 * straight into its log file, without passing through the harness: it is there whatever happens to either.
 */
export class LoggedProcess implements Launched {
  readonly name: string;
  readonly directory: string;
  readonly logFile: string;
  readonly #record: (identity: ProcessIdentity) => void;
  #child: ChildProcess | null = null;
  #identity: ProcessIdentity | null = null;
  #end: ProcessEnd | null = null;
  #ended: Promise<ProcessEnd> = Promise.resolve({ code: null, how: 'not started' });

  /** `record` is called with every process that was started, at once. */
  constructor(options: { name: string; directory: string; logFile: string; record(identity: ProcessIdentity): void }) {
    this.name = options.name;
    this.directory = options.directory;
    this.logFile = options.logFile;
    this.#record = options.record;
    makeFolder(this.directory);
    makeFolder(join(this.directory, 'tmp'), SHARED_TEMPORARY_MODE);
  }

  /** Null before the first launch, and when it could not be started. */
  get identity(): ProcessIdentity | null {
    return this.#identity;
  }

  get end(): ProcessEnd | null {
    return this.#end;
  }

  get ended(): Promise<ProcessEnd> {
    return this.#ended;
  }

  get launched(): boolean {
    return this.#child !== null;
  }

  get running(): boolean {
    return this.launched && this.#end === null;
  }

  /** All that may run on its behalf, children that left its process group included. */
  get group(): ProcessGroup {
    return { name: this.name, directory: this.directory, recorded: this.#identity === null ? [] : [this.#identity] };
  }

  /** Starts it; as in a container, whatever it starts itself dies with it. Only when it is not running. */
  launch({ executable, arguments: args, environment }: LaunchCommand): void {
    const log = openSync(this.logFile, 'a');
    const child = spawn(executable, args, {
      cwd: this.directory,
      env: { ...this.#environment(), ...environment },
      stdio: ['ignore', log, log],
      detached: true,
    });
    closeSync(log);
    this.#child = child;
    this.#end = null;
    this.#identity = child.pid === undefined ? null : { pid: child.pid, startTime: startTimeOf(child.pid) ?? '' };
    this.#ended = new Promise((resolve) => {
      const { group } = this;
      const ended = (end: ProcessEnd) => {
        this.#end = end;
        const finish = () => resolve(end);
        killGroups([group]).then(finish, finish);
      };
      child.once('error', (error) => ended({ code: null, how: messageOf(error) }));
      child.once('exit', (code, signal) => ended({ code, how: signal ?? `code ${code}` }));
    });
    if (this.#identity !== null) this.#record(this.#identity);
  }

  /**
   * Nothing of the user's own environment but where programs are, and what Node has compiled of them: a run must not
   * depend on who starts it.
   */
  #environment(): Record<string, string> {
    const { NODE_COMPILE_CACHE: compiled } = process.env;
    return {
      ...(compiled === undefined ? {} : { NODE_COMPILE_CACHE: compiled }),
      PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin',
      HOME: this.directory,
      TMPDIR: join(this.directory, 'tmp'),
      LANG: 'C.UTF-8',
      TZ: 'UTC',
    };
  }
}
