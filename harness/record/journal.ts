import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import type { Clock } from '../base/clock.ts';

export interface JournalEntry {
  atMs: number;
  step: string;
  [detail: string]: unknown;
}

/** The write-ahead journal of a run: what is about to be done is on the disk before it is done. */
export interface Journal {
  /**
   * Returns only after fsync, synchronously: whoever acts next acts after it.
   * @throws what the file system says; then nothing may be done that would have to be taken back.
   */
  write(step: string, details?: Record<string, unknown>): void;
  /** The same where nothing depends on it: taking back and tearing down go on even when the disk is full. */
  note(step: string, details?: Record<string, unknown>): void;
  /** What kept the first note from being written. */
  readonly problem: unknown;
  close(): void;
}

export function openJournal(path: string, clock: Clock): Journal {
  const file = openSync(path, 'a');
  let open = true;
  let problem: unknown;
  const write: Journal['write'] = (step, details = {}) => {
    if (!open) return;
    const entry: JournalEntry = { atMs: clock.now(), step, ...details };
    writeSync(file, `${JSON.stringify(entry)}\n`);
    fsyncSync(file);
  };
  return {
    write,
    note(step, details) {
      try {
        write(step, details);
      } catch (thrown) {
        problem ??= thrown;
      }
    },
    get problem() {
      return problem;
    },
    close() {
      if (open) closeSync(file);
      open = false;
    },
  };
}
