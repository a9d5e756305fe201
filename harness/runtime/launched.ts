import { open } from 'node:fs/promises';

/** A node's program, however it was started: what waiting for it and explaining its end need to know. */
export interface Launched {
  readonly name: string;
  /** Where all that it prints goes, on this machine. */
  readonly logFile: string;
  /** How the latest launch ended; null while it runs, and before the first. */
  readonly end: ProcessEnd | null;
  /** Resolves when the latest launch has ended, and all that it had started with it; never rejects. */
  readonly ended: Promise<ProcessEnd>;
}

/** How a process ended: with a code, by a signal, or it could not be started at all. */
export interface ProcessEnd {
  readonly code: number | null;
  /** `code 1`, `SIGKILL`, `spawn ENOENT`. */
  readonly how: string;
}

const LOG_TAIL_BYTES = 256 * 1024;

/** The last lines of a log file; none when nothing was printed. */
export async function lastLines({ logFile }: Pick<Launched, 'logFile'>, count: number): Promise<string[]> {
  const file = await open(logFile).catch(() => null);
  if (file === null) return [];
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - LOG_TAIL_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
    const lines = buffer.toString('utf8', 0, bytesRead).split('\n');
    if (lines.at(-1) === '') lines.pop();
    return lines.slice(-count);
  } finally {
    await file.close();
  }
}
