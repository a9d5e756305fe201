/**
 * The watchdog's process. Each line of its standard input is a `PausedList`; when the input closes, the harness is gone:
 * all that is on the last list goes on, and this process ends.
 */
import { createInterface } from 'node:readline';
import { signal } from '../process/killing.ts';
import { isAlive } from '../process-table.ts';
import type { Paused, PausedList } from './paused.ts';

let paused: readonly Paused[] = [];

createInterface({ input: process.stdin })
  .on('line', (line) => void note(JSON.parse(line) as PausedList))
  .on('close', resumeAll);
process.once('SIGTERM', resumeAll);
// It has a session of its own; should one of these reach it all the same, what it is for has not happened yet.
for (const name of ['SIGINT', 'SIGHUP'] as const) process.on(name, () => undefined);
// Nobody hears an answer that comes after the harness's end, and that must not be the end of this.
process.stdout.on('error', () => undefined);

async function note({ number, paused: list }: PausedList): Promise<void> {
  paused = list;
  // Loaded now and only when needed: it is large, and who knows what can be read later.
  if (list.some(({ kind }) => kind === 'container')) await import('./unpause.ts');
  process.stdout.write(`${JSON.stringify({ noted: number })}\n`);
}

async function resumeAll(): Promise<void> {
  await Promise.allSettled(paused.map(resume));
  process.exit(0);
}

async function resume(one: Paused): Promise<void> {
  if (one.kind === 'container') return await (await import('./unpause.ts')).unpause(one);
  if (isAlive(one)) signal(one.pid, 'SIGCONT');
}
