import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmdirSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '../../../base/errors.ts';

const run = promisify(execFile);

/** Puts a disk of this size, in memory, over an empty folder: to fill it hurts nobody else. */
export function mountDataDisk(directory: string, mebibytes: number): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m,mode=0755`, 'faultline', directory], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

/** Why no such disks can be had here; null when they can. */
export function dataDiskRefusal(): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-trial-'));
  try {
    mountDataDisk(folder, 1);
    execFileSync('umount', [folder]);
    return null;
  } catch (thrown) {
    return `a disk of a node's own needs a mount, on Linux as root: ${messageOf(thrown).trim()}`;
  } finally {
    rmdirSync(folder);
  }
}

/**
 * Takes away every disk that is mounted inside a folder; whoever still works there keeps it until its end. Fine when
 * another one takes them away at the same time.
 */
export async function unmountBelow(folder: string): Promise<void> {
  const mounted = mountPoints().filter((path) => path.startsWith(folder + sep));
  for (const path of mounted.reverse()) {
    await run('umount', ['--lazy', path]).catch((thrown) => {
      if (mountPoints().includes(path)) throw thrown;
    });
  }
}

export async function freeBytesIn(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}

/** See proc_pid_mountinfo(5): the fifth word, in which a space is `\040`. None on other platforms. */
function mountPoints(): string[] {
  try {
    const lines = readFileSync('/proc/self/mountinfo', 'utf8').trim().split('\n');
    return lines.map((line) =>
      line.split(' ')[4]!.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))),
    );
  } catch {
    return [];
  }
}
