import { appendFileSync, closeSync, openSync } from 'node:fs';
import type { CompletionEvent, HistoryEvent } from '../../model/operation.ts';

/** Lines reach the file at most this late. */
const FLUSH_MS = 25;

/** A completion, with the key that the client model only knows once the operation is done. */
export type KeyedCompletion = CompletionEvent & { key?: string };

/**
 * history.jsonl: one line for each event, in the order of the calls. Lines wait for a few milliseconds, so that many of
 * them share one write; the first write that fails ends the history and is given to `onFailure`.
 */
export class HistoryFile {
  readonly #file: number;
  readonly #onFailure: (thrown: unknown) => void;
  #lines: string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(path: string, onFailure: (thrown: unknown) => void) {
    this.#file = openSync(path, 'a');
    this.#onFailure = onFailure;
  }

  /** Events after `close` are not written: their operations stay open. */
  append(event: HistoryEvent | KeyedCompletion): void {
    if (this.#closed) return;
    this.#lines.push(JSON.stringify(event));
    this.#timer ??= setTimeout(() => this.flush(), FLUSH_MS);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#closed || this.#lines.length === 0) return;
    const text = `${this.#lines.join('\n')}\n`;
    this.#lines = [];
    try {
      appendFileSync(this.#file, text);
    } catch (thrown) {
      this.#closed = true;
      closeSync(this.#file);
      this.#onFailure(thrown);
    }
  }

  close(): void {
    this.flush();
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.#file);
  }
}
