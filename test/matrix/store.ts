import { appendFile, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readJsonLines } from '../../harness/record/json-lines.ts';
import type { Revision } from './revision.ts';

/** One line of the store. */
export interface CellResult extends Revision {
  readonly cell: string;
  readonly ok: boolean;
  /** Why it is red; null when it is not. */
  readonly reason: string | null;
  readonly seconds: number;
  /** ISO 8601. */
  readonly when: string;
}

/** Every result so far, oldest first; none when there is no store yet. A torn line is what a crash leaves: not read. */
export async function readResults(path: string): Promise<CellResult[]> {
  try {
    return (await readJsonLines<CellResult>(path)).items;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw thrown;
  }
}

/** Begins a line of its own, whatever a crash left of the one before. */
export async function appendResult(path: string, result: CellResult): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await appendFile(path, `\n${JSON.stringify(result)}`);
}
