import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Identity } from '../environment.ts';
import type { Watch } from './dead-man.ts';

/**
 * The agent's end of its dead-man's switch. The deadline told is later than the agent's own, so that the switch acts
 * only when the agent does not.
 */
export class DeadManLink {
  readonly #arguments: readonly string[];
  #process: ChildProcess | undefined;
  #closed = false;
  #told = '';

  constructor(cluster: string, { node, zone }: Identity) {
    this.#arguments = [cluster, node, zone];
    this.#start();
  }

  /** `until`: how long PostgreSQL may serve, null for as long as the agent lives. */
  tell({ until, ...watch }: Watch): void {
    const line = JSON.stringify({ ...watch, until: until === null ? null : until + GRACE_MS });
    if (line === this.#told) return;
    this.#told = line;
    this.#process?.stdin?.write(`${line}\n`);
  }

  close(): void {
    this.#closed = true;
    this.#process?.stdin?.end();
  }

  #start(): void {
    const script = fileURLToPath(new URL('./dead-man.ts', import.meta.url));
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, ...this.#arguments], {
      cwd: '/',
      stdio: ['pipe', 'inherit', 'inherit'],
      env: {},
    });
    child.stdin.on('error', () => undefined);
    child.once('exit', () => {
      this.#told = '';
      if (!this.#closed) this.#start();
    });
    this.#process = child;
  }
}

/** The agent checks its own deadline every 25 ms; this much later it has not done so. */
const GRACE_MS = 150;
