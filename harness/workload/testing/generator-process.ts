import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { pollUntil } from '../../base/poll.ts';
import { type HistoryEvent, type Operation, pairHistory } from '../../model/operation.ts';
import type { GeneratorCommand, GeneratorMessage, GeneratorPlan } from '../../model/workload.ts';

const MAIN = fileURLToPath(new URL('../generator/main.ts', import.meta.url));

export type MessageOf<Kind extends GeneratorMessage['message']> = Extract<GeneratorMessage, { message: Kind }>;

/** The generator as a child process in a folder of its own, for tests. */
export class GeneratorProcess {
  readonly messages: GeneratorMessage[] = [];
  readonly #folder: string;
  readonly #child: ChildProcess;
  readonly #exit: Promise<unknown[]>;
  #errors = '';

  private constructor(folder: string) {
    this.#folder = folder;
    this.#child = spawn(process.execPath, [MAIN, join(folder, 'plan.json')], { stdio: 'pipe' });
    this.#exit = once(this.#child, 'exit');
    this.#child.stdin!.on('error', () => undefined);
    this.#child.stderr!.on('data', (data) => {
      this.#errors += data;
    });
    createInterface({ input: this.#child.stdout! }).on('line', (line) => {
      this.messages.push(JSON.parse(line) as GeneratorMessage);
    });
  }

  /** @param plan without its history file, which lies in the process's folder. */
  static async start(plan: Omit<GeneratorPlan, 'historyFile'>): Promise<GeneratorProcess> {
    const folder = await mkdtemp(join(tmpdir(), 'workload-'));
    const historyFile = join(folder, 'history.jsonl');
    await writeFile(join(folder, 'plan.json'), JSON.stringify({ ...plan, historyFile }));
    return new GeneratorProcess(folder);
  }

  get errors(): string {
    return this.#errors;
  }

  send(command: GeneratorCommand['command']): void {
    this.#child.stdin!.write(`${JSON.stringify({ command })}\n`);
  }

  closeInput(): void {
    this.#child.stdin!.end();
  }

  /** The `count`-th message of this kind. */
  async message<Kind extends GeneratorMessage['message']>(kind: Kind, count = 1): Promise<MessageOf<Kind>> {
    return await pollUntil(
      () => {
        const found = this.messages.filter(({ message }) => message === kind)[count - 1];
        const seen = JSON.stringify(this.messages.filter(({ message }) => message !== 'progress'));
        return found === undefined
          ? { done: false, seen: `${seen} ${this.#errors}` }
          : { done: true, value: found as MessageOf<Kind> };
      },
      { subject: `the generator to say ${kind}`, timeoutMs: 15_000, intervalMs: 20 },
    );
  }

  /** The exit code. */
  async exited(): Promise<number | null> {
    const [code] = await this.#exit;
    return code as number | null;
  }

  /** Opens the sessions and starts the load. */
  async startLoad(): Promise<void> {
    this.send('open-sessions');
    await this.message('sessions-open');
    this.send('start');
  }

  /** Ends the load; the process is gone afterwards. */
  async stop(): Promise<MessageOf<'stopped'>> {
    this.send('stop');
    const stopped = await this.message('stopped');
    await this.exited();
    return stopped;
  }

  /** What was written so far, paired. */
  async history(): Promise<Operation[]> {
    return await readHistory(join(this.#folder, 'history.jsonl'));
  }

  async remove(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exit;
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** The operations of a history file; fails when its lines do not fit together. */
export async function readHistory(file: string): Promise<Operation[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
  return pairHistory(lines.map((line) => JSON.parse(line) as HistoryEvent));
}
