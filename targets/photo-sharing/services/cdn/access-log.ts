import { execFileSync } from 'node:child_process';
import { constants, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';

/** How the cache stood to a request: nginx's own words, and `none` where it was not asked. */
export type CacheStatus = 'hit' | 'miss' | 'expired' | 'stale' | 'updating' | 'revalidated' | 'bypass' | 'none';

/** One request of a client that was answered. */
export interface Access {
  path: string;
  status: number;
  /** Of the answer's body. */
  bytes: number;
  cache: CacheStatus;
  /** Whether the origin gave an answer without a server error; undefined when it was not asked. */
  originAnswered: boolean | undefined;
}

/** @throws SyntaxError when it is no line of our log format. */
export function parseAccess(line: string): Access {
  const { cache, origin, ...rest } = JSON.parse(line) as Omit<Access, 'cache'> & { cache: string; origin: string };
  // One for each try, the last one last: `504, 200`.
  const status = origin.split(/[,:] */).at(-1) ?? '';
  return {
    ...rest,
    cache: (cache === '' ? 'none' : cache.toLowerCase()) as CacheStatus,
    originAnswered: status === '' ? undefined : Number(status) >= 200 && Number(status) < 500,
  };
}

/**
 * Makes the named pipe that nginx writes its log into, and calls `onLine` with every line. Open for writing as well, so
 * that nginx may come and go, and never waits for a reader. To be called before nginx starts. Returns what closes it.
 */
export function readAccessPipe(path: string, onLine: (line: string) => void): () => void {
  rmSync(path, { force: true });
  execFileSync('mkfifo', ['-m', '600', path]);
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const pipe = new Socket({ fd, readable: true, writable: false });
  createInterface({ input: pipe }).on('line', onLine);
  return () => pipe.destroy();
}
