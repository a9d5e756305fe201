import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Problem } from '../../../base/errors.ts';

/** The bootstrap is no module of ours to import, but a program: it knows what may be installed here, and how. */
const BOOTSTRAP = fileURLToPath(new URL('../../../../scripts/bootstrap.mjs', import.meta.url));
const OUTPUT_LINES_SHOWN = 10;

/** As small as the image that Debian publishes: the essential packages and apt, without documents. */
const OPTIONS = [
  '--variant=minbase',
  '--dpkgopt=path-exclude=/usr/share/doc/*',
  '--dpkgopt=path-include=/usr/share/doc/*/copyright',
  '--dpkgopt=path-exclude=/usr/share/man/*',
  '--dpkgopt=path-exclude=/usr/share/info/*',
  '--dpkgopt=path-exclude=/usr/share/locale/*',
];

export interface MmdebstrapOptions {
  /** Where the tar archive goes. */
  readonly archive: string;
  /** For its temporary files; its owner removes it. */
  readonly folder: string;
  readonly onProgress: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Makes a root filesystem of Debian 12 from Debian's packages, as root; installs mmdebstrap first where it is missing and
 * the bootstrap may install it.
 * @throws Problem `mmdebstrap-missing` or `base-image-failed`, with the last lines of what it said.
 */
export async function runMmdebstrap({ archive, folder, onProgress, signal }: MmdebstrapOptions): Promise<void> {
  const bootstrap = await run(process.execPath, [BOOTSTRAP, 'base-image'], { folder, onProgress, signal });
  if (bootstrap.status !== '0') {
    throw new Problem(`mmdebstrap, which makes the base image, is missing:\n${indented(bootstrap.lines)}`, {
      code: 'mmdebstrap-missing',
      hint: 'Install it with "apt-get install -y mmdebstrap debian-archive-keyring".',
    });
  }
  // It tells its steps as "I: running apt-get update...".
  const tellStep = (line: string) => {
    if (line.startsWith('I: ')) onProgress(`mmdebstrap: ${line.slice(3)}`);
  };
  const made = await run('mmdebstrap', [...OPTIONS, 'bookworm', archive], { folder, onProgress: tellStep, signal });
  if (made.status === '0') return;
  throw new Problem(`mmdebstrap ended with ${made.status}:\n${indented(made.lines)}`, {
    code: 'base-image-failed',
    hint: "It fetches packages from Debian's mirror: check that this machine reaches deb.debian.org.",
  });
}

interface RunOptions {
  readonly folder: string;
  readonly onProgress: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Runs a program in a process group of its own, and waits for its end also after an abort, which reaches the whole
 * group as SIGTERM: what mmdebstrap has mounted only it can unmount.
 */
async function run(command: string, options: string[], { folder, onProgress, signal }: RunOptions) {
  signal.throwIfAborted();
  const child = spawn(command, options, {
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
    env: { ...process.env, TMPDIR: folder },
  });
  const end = () => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
  };
  signal.addEventListener('abort', end);
  const lines: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    lines.push(line);
    lines.splice(0, Math.max(0, lines.length - OUTPUT_LINES_SHOWN));
    onProgress(line);
  });
  try {
    const [exitCode, endedBy] = await once(child, 'close');
    signal.throwIfAborted();
    return { status: String(exitCode ?? endedBy), lines };
  } finally {
    signal.removeEventListener('abort', end);
  }
}

function indented(lines: readonly string[]): string {
  return lines.map((line) => `  ${line}`).join('\n');
}
