import type { JournalEntry } from './journal.ts';
import { readJsonLines } from './json-lines.ts';

/** The titles of faults that a journal says were begun, and not that they were taken back; oldest first. */
export async function unfinishedFaults(journal: string): Promise<string[]> {
  const { items } = await readJsonLines<JournalEntry>(journal);
  const open = new Map<unknown, string>();
  for (const { step, fault, title, kind } of items) {
    if (step === 'undo-registered') open.set(fault, String(title ?? kind));
    if (step === 'undone') open.delete(fault);
  }
  return [...open.values()];
}
