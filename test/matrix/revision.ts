import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The code that a result speaks of. */
export interface Revision {
  /** `unknown` outside of a git checkout. */
  readonly commit: string;
  /** Of all files; null while something is not committed: such a result speaks of code that nobody can find again. */
  readonly tree: string | null;
}

export function currentRevision(): Revision {
  try {
    const clean = git('status', '--porcelain') === '';
    return { commit: git('rev-parse', '--short', 'HEAD'), tree: clean ? git('rev-parse', 'HEAD^{tree}') : null };
  } catch {
    return { commit: 'unknown', tree: null };
  }
}

function git(...words: string[]): string {
  return execFileSync('git', words, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
