import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { type Clock, systemClock } from '../base/clock.ts';
import { Problem } from '../base/errors.ts';
import { type ProcessIdentity, startTimeOf } from './process-table.ts';

const ERROR_TEXT_MAX = 2000;

/**
 * A process of ours beside the runner that speaks JSON lines: commands on its standard input, messages on its standard
 * output. It ends when its input closes, so it cannot outlive a runner that was killed.
 */
export class SideProcess {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #clock: Clock;
  readonly #messages: Record<string, unknown>[] = [];
  readonly #waiters = new Set<() => void>();
  #consume: (message: Record<string, unknown>) => boolean = () => false;
  #errorText = '';
  #exit: string | undefined;

  private constructor(name: string, child: ChildProcess, clock: Clock) {
    this.name = name;
    this.#child = child;
    this.#clock = clock;
    createInterface({ input: child.stdout! }).on('line', (line) => this.#take(line));
    child.stderr!.on('data', (chunk: Buffer) => {
      this.#errorText = (this.#errorText + chunk.toString('utf8')).slice(-ERROR_TEXT_MAX);
    });
    child.stdin!.on('error', () => undefined);
    child.once('exit', (code, signal) => {
      this.#exit = `${signal ?? `code ${code}`}`;
      for (const look of this.#waiters) look();
    });
  }

  /** A Node program in a process group of its own, so that Ctrl-C in the terminal reaches only the runner. */
  static start(name: string, script: string, args: readonly string[], clock: Clock = systemClock): SideProcess {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    return new SideProcess(name, child, clock);
  }

  get running(): boolean {
    return this.#exit === undefined;
  }

  /** Null when it could not be started. */
  get identity(): ProcessIdentity | null {
    const { pid } = this.#child;
    return pid === undefined ? null : { pid, startTime: startTimeOf(pid) ?? '' };
  }

  /** From now on it does not keep this process alive. */
  unref(): void {
    this.#child.unref();
    for (const stream of [this.#child.stdin, this.#child.stdout, this.#child.stderr])
      (stream as Socket | null)?.unref();
  }

  send(command: Record<string, unknown>): void {
    if (this.running) this.#child.stdin!.write(`${JSON.stringify(command)}\n`);
  }

  /** Shows every message from now on to `consume` first; those that it takes are not kept for `next`. */
  consume(consume: (message: Record<string, unknown>) => boolean): void {
    this.#consume = consume;
  }

  /**
   * The next message that `accept` takes; earlier ones that nobody took count too. What `accept` throws ends the wait.
   * @throws Problem `side-process-ended` or `timed-out`.
   */
  async next<T>(accept: (message: Record<string, unknown>) => T | undefined, options: NextOptions): Promise<T> {
    const { awaited, timeoutMs, signal } = options;
    return await new Promise<T>((resolve, reject) => {
      const stopWaiting = new AbortController();
      const settle = (finish: () => void) => {
        this.#waiters.delete(look);
        signal?.removeEventListener('abort', interrupted);
        stopWaiting.abort();
        finish();
      };
      const look = () => {
        try {
          const taken = this.#takeFirst(accept);
          if (taken !== undefined) return settle(() => resolve(taken));
        } catch (thrown) {
          return settle(() => reject(thrown));
        }
        if (!this.running) settle(() => reject(this.#ended(awaited)));
      };
      const interrupted = () => settle(() => reject(signal?.reason));
      signal?.addEventListener('abort', interrupted, { once: true });
      this.#waiters.add(look);
      this.#clock.sleep(timeoutMs, stopWaiting.signal).then(
        () => settle(() => reject(this.#late(awaited, timeoutMs))),
        () => undefined,
      );
      if (signal?.aborted) interrupted();
      else look();
    });
  }

  /** Like `next`, for its first sign of life: a process that does not give it is ended before this rejects. */
  async firstSign<T>(accept: (message: Record<string, unknown>) => T | undefined, options: NextOptions): Promise<T> {
    try {
      return await this.next(accept, options);
    } catch (thrown) {
      await this.end();
      throw thrown;
    }
  }

  /** Ends it with SIGTERM, and with SIGKILL when it does not go within two seconds. */
  async end(): Promise<void> {
    if (!this.running) return;
    const gone = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()));
    this.#child.kill('SIGTERM');
    const killer = setTimeout(() => this.#child.kill('SIGKILL'), 2000);
    await gone;
    clearTimeout(killer);
  }

  #takeFirst<T>(accept: (message: Record<string, unknown>) => T | undefined): T | undefined {
    for (const [index, message] of this.#messages.entries()) {
      const value = accept(message);
      if (value === undefined) continue;
      this.#messages.splice(index, 1);
      return value;
    }
    return undefined;
  }

  #take(line: string): void {
    let message: Record<string, unknown>;
    try {
      message = JSON.parse(line) as Record<string, unknown>;
    } catch {
      this.#errorText = `${this.#errorText}${line}\n`.slice(-ERROR_TEXT_MAX);
      return;
    }
    if (this.#consume(message)) return;
    this.#messages.push(message);
    for (const look of this.#waiters) look();
  }

  #ended(awaited: string): Problem {
    const text = this.#errorText.trim();
    return new Problem(`The ${this.name} ended with ${this.#exit} while ${awaited} was awaited${text && `: ${text}`}`, {
      code: 'side-process-ended',
    });
  }

  #late(awaited: string, timeoutMs: number): Problem {
    const last = JSON.stringify(this.#messages.at(-1) ?? null);
    return new Problem(`Waited ${timeoutMs} ms for ${awaited} from the ${this.name}; its last message: ${last}`, {
      code: 'timed-out',
    });
  }
}

export interface NextOptions {
  /** What is awaited, for the error: `its address`. */
  awaited: string;
  timeoutMs: number;
  signal?: AbortSignal;
}
