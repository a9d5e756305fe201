import { type ChildProcess, spawn } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/** What a test that was cut short could not stop; it goes with the test process. */
const running = new Set<Program>();
const folders = new Set<string>();
process.once('exit', () => {
  for (const program of running) program.signal('SIGKILL');
  for (const folder of folders) removeFolder(folder);
});

/** A temporary folder; as root it belongs to `owner`. */
export function temporaryFolder(name: string, owner?: { uid: number; gid: number }): string {
  const folder = mkdtempSync(join(tmpdir(), `photo-sharing-${name}-`));
  folders.add(folder);
  if (owner !== undefined && userInfo().uid === 0) chownSync(folder, owner.uid, owner.gid);
  return folder;
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  folders.delete(folder);
}

/** A program that a test started, in a process group of its own; what it prints is kept. */
export class Program {
  readonly #child: ChildProcess;
  readonly #exited: Promise<number | null>;
  output = '';

  constructor(executable: string, programArguments: readonly string[], environment: Record<string, string> = {}) {
    this.#child = spawn(executable, programArguments, {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
    });
    // Held back by nothing of the program, a test process that is done can end, and then takes the program with it.
    this.#child.unref();
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (data) => {
        this.output += data;
      });
      if (stream instanceof Socket) stream.unref();
    }
    running.add(this);
    this.#exited = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('exit', resolve);
    });
    this.#exited.catch(() => undefined).finally(() => running.delete(this));
  }

  /** The exit code; null after a signal. */
  get exited(): Promise<number | null> {
    return this.#exited;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** The JSON lines printed so far. */
  get lines(): Record<string, unknown>[] {
    return this.output
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line));
  }

  signal(signal: NodeJS.Signals): void {
    if (this.#child.pid !== undefined && this.isRunning) process.kill(-this.#child.pid, signal);
  }

  async stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<number | null> {
    this.signal(signal);
    return await this.#exited.catch(() => null);
  }
}
