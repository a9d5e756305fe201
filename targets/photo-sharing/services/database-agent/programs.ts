import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { ProgramUser } from './user.ts';

/** Runs PostgreSQL's own programs (initdb, pg_basebackup, pg_rewind) as the right user. */
export class Programs {
  readonly #folder: string;
  readonly #user: ProgramUser | undefined;
  #running: AbortController | undefined;

  constructor(folder: string, user: ProgramUser | undefined) {
    this.#folder = folder;
    this.#user = user;
  }

  get user(): ProgramUser | undefined {
    return this.#user;
  }

  path(program: string): string {
    return join(this.#folder, program);
  }

  /** @throws Error with the end of the program's output when it fails or takes longer than `limitMs`. */
  async run(program: string, parameters: readonly string[], limitMs: number): Promise<void> {
    const running = new AbortController();
    this.#running = running;
    const child = spawn(this.path(program), parameters, {
      ...this.#user,
      // A directory that every user may be in.
      cwd: '/',
      stdio: ['ignore', 'pipe', 'pipe'],
      signal: AbortSignal.any([running.signal, AbortSignal.timeout(limitMs)]),
    });
    let output = '';
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-OUTPUT_CHARACTERS);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const status = await new Promise<string>((resolve) => {
      child.once('error', (error) =>
        resolve(error.name === 'AbortError' ? `took longer than ${limitMs} ms` : error.message),
      );
      child.once('close', (code, signal) => resolve(code === 0 ? '' : `ended with ${signal ?? `code ${code}`}`));
    });
    if (status !== '') throw new Error(`${program} ${status}; the end of its output:\n${output.trim()}`);
  }

  /** Ends whatever runs, when the agent ends. */
  stop(): void {
    this.#running?.abort();
  }
}

const OUTPUT_CHARACTERS = 2000;
