import { fileURLToPath } from 'node:url';
import { type RunFolder, recordProcess } from '../run-folder.ts';
import { SideProcess } from '../side-process.ts';
import type { Paused, PausedList } from './paused.ts';

const SCRIPT = fileURLToPath(new URL('./main.ts', import.meta.url));
const NAME = 'watchdog';
const NOTED_TIMEOUT_MS = 10_000;

/**
 * Sees to it that nothing stays paused for ever, as leases do for the edges: a process of its own, started with the
 * first pause, lets all that is paused go on when this process is gone, however it went.
 *
 *   harness ── list of all that is paused ──> watchdog ── SIGCONT, unpause ──> what is still paused
 *           <──────────── noted ────────────          (when its input closes)
 */
export class Watchdog {
  readonly #folder: RunFolder;
  readonly #paused = new Map<string, Paused>();
  #process: SideProcess | undefined;
  #lists = 0;

  constructor(folder: RunFolder) {
    this.#folder = folder;
  }

  /**
   * To be awaited before anything is paused: from then on it will not stay so.
   * @throws Problem `timed-out` or `side-process-ended`; then nothing must be paused.
   */
  async guard(paused: readonly Paused[]): Promise<void> {
    const added = paused.filter((one) => !this.#paused.has(keyOf(one)));
    if (added.length === 0) return;
    for (const one of added) this.#paused.set(keyOf(one), one);
    this.#process ??= this.#start();
    await this.#tell(this.#process);
  }

  /** What goes on again needs no guard. */
  async release(resumed: readonly Paused[]): Promise<void> {
    const released = resumed.filter((one) => this.#paused.delete(keyOf(one)));
    if (released.length > 0 && this.#process?.running) await this.#tell(this.#process);
  }

  /** Ends its process, and leaves what is paused as it is. */
  async end(): Promise<void> {
    await this.release([...this.#paused.values()]).catch(() => undefined);
    await this.#process?.end();
  }

  /** Recorded at once, so that a sweep finds it; it keeps nobody alive. */
  #start(): SideProcess {
    const process = SideProcess.start(NAME, SCRIPT, [this.#folder.runId]);
    if (process.identity !== null) recordProcess(this.#folder, NAME, process.identity);
    process.unref();
    return process;
  }

  async #tell(process: SideProcess): Promise<void> {
    this.#lists += 1;
    const list: PausedList = { number: this.#lists, paused: [...this.#paused.values()] };
    process.send({ ...list });
    await process.next(({ noted }) => (noted === list.number ? true : undefined), {
      awaited: 'its word that it knows what is paused',
      timeoutMs: NOTED_TIMEOUT_MS,
    });
  }
}

function keyOf(paused: Paused): string {
  return paused.kind === 'process' ? `${paused.pid} ${paused.startTime}` : paused.id;
}
