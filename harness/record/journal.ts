import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import type { Clock } from '../base/clock.ts';

export interface JournalEntry {
  atMs: number;
  step: string;
  [detail: string]: unknown;
}

/**
 * The write-ahead journal of a run: what is about to be done is on the disk before it is done.
 * `write` returns only after fsync, synchronously: whoever acts next acts after it.
 */
export interface Journal {
  write(step: string, details?: Record<string, unknown>): void;
  close(): void;
}

export function openJournal(path: string, clock: Clock): Journal {
  const file = openSync(path, 'a');
  let open = true;
  return {
    write(step, details = {}) {
      if (!open) return;
      const entry: JournalEntry = { atMs: clock.now(), step, ...details };
      writeSync(file, `${JSON.stringify(entry)}\n`);
      fsyncSync(file);
    },
    close() {
      if (open) closeSync(file);
      open = false;
    },
  };
}
