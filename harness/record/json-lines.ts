import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { messageOf } from '../base/errors.ts';

export interface JsonLines<T> {
  items: T[];
  /** Lines that could not be read, with their number; a torn last line is what a crash leaves behind. */
  problems: string[];
}

/** Reads a file with one JSON document a line, keeping the good lines of a damaged one. Rejects if there is no file. */
export async function readJsonLines<T>(path: string): Promise<JsonLines<T>> {
  const items: T[] = [];
  const problems: string[] = [];
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    number += 1;
    if (line === '') continue;
    try {
      items.push(JSON.parse(line) as T);
    } catch (thrown) {
      problems.push(`line ${number}: ${messageOf(thrown)}`);
    }
  }
  return { items, problems };
}
