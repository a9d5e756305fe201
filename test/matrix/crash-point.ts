/**
 * Loaded into a harness before its own code, by `node --import '.../crash-point.ts?step=10'`, which the processes that it
 * starts do not inherit: the harness is killed as soon as so many entries of its journal are on the disk. What would come
 * after the last of them never happens.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const lastStep = Number(new URL(import.meta.url).searchParams.get('step'));
const { openSync, fsyncSync } = fs;
const journals = new Set<number>();
let steps = 0;

Object.assign(fs, {
  openSync(...call: Parameters<typeof openSync>): number {
    const file = openSync(...call);
    if (String(call[0]).endsWith('journal.jsonl')) journals.add(file);
    return file;
  },
  fsyncSync(file: number): void {
    fsyncSync(file);
    if (!journals.has(file)) return;
    steps += 1;
    if (steps === lastStep) process.kill(process.pid, 'SIGKILL');
  },
});
syncBuiltinESMExports();
