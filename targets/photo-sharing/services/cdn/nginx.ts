import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CONFIGURATION_FILE } from './configuration.ts';

/** From the wish that it ends after its last answer to the order to end at once. */
const GRACE_MS = 1000;

export interface NginxOptions {
  executable: string;
  /** With its configuration; whatever nginx writes goes there. */
  directory: string;
  /** It ended, and nobody has asked it to. */
  onDeath: (how: string) => void;
}

/** nginx as a child of this process, in the same process group: whoever kills the group takes both. */
export class Nginx {
  readonly #options: NginxOptions;
  #child: ChildProcess | undefined;
  #stopping = false;

  constructor(options: NginxOptions) {
    this.#options = options;
  }

  start(): void {
    const { executable, directory, onDeath } = this.#options;
    // Where its master is root, workers would become somebody who may not enter the directory.
    const directives = process.getuid?.() === 0 ? 'daemon off; user root;' : 'daemon off;';
    const parameters = ['-p', directory, '-c', join(directory, CONFIGURATION_FILE), '-e', 'stderr', '-g', directives];
    const child = spawn(executable, parameters, { stdio: ['ignore', 'inherit', 'inherit'] });
    this.#child = child;
    const end = (how: string) => {
      this.#child = undefined;
      if (!this.#stopping) onDeath(how);
    };
    child.once('error', (error) => end(error.message));
    child.once('exit', (code, signal) => end(`it ended with ${signal ?? `code ${code}`}`));
    // However this process ends, short of SIGKILL: its workers would go on holding the port.
    process.once('exit', () => child.kill('SIGTERM'));
  }

  /** Finishes what it is answering, within a second. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const child = this.#child;
    if (child === undefined) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGQUIT');
    await Promise.race([ended, sleep(GRACE_MS)]);
    child.kill('SIGTERM');
    await ended;
  }
}
