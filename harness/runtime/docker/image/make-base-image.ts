import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { messageOf, Problem } from '../../../base/errors.ts';
import { engineEvents } from './engine-events.ts';
import type { Architecture } from './engine-platform.ts';
import { runMmdebstrap } from './mmdebstrap.ts';

export interface BaseImageOptions {
  readonly architecture: Architecture;
  readonly onProgress: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Why the base image cannot be made on this machine, as the end of a sentence; undefined when it can. */
export function whyNotMadeHere(architecture: Architecture): string | undefined {
  if (!/^ID(_LIKE)?=.*(debian|ubuntu)/m.test(osRelease())) return 'that needs Debian or Ubuntu';
  if (process.getuid?.() !== 0) return 'that needs root';
  if (process.arch !== architecture) return `this machine is ${process.arch}, the engine's is ${architecture}`;
  return undefined;
}

/**
 * Makes a root filesystem of Debian 12 from its packages and imports it under this name.
 * @throws Problem `mmdebstrap-missing`, `base-image-failed`.
 */
export async function importBaseImage(engine: Docker, reference: string, options: BaseImageOptions): Promise<void> {
  const { onProgress, signal } = options;
  const folder = await mkdtemp(join(tmpdir(), 'faultline-base-image-'));
  try {
    const archive = join(folder, 'root.tar');
    await runMmdebstrap({ archive, folder, onProgress, signal });
    onProgress(`Importing it as ${reference}`);
    await importArchive(engine, archive, reference, signal);
  } finally {
    // A failure here must not hide what went wrong before.
    await rm(folder, { recursive: true, force: true }).catch((thrown) => {
      onProgress(`${folder} could not be removed: ${messageOf(thrown)}`);
    });
  }
}

/** dockerode reads the file by itself when it is given a path. */
async function importArchive(engine: Docker, archive: string, reference: string, signal: AbortSignal): Promise<void> {
  const [repo, tag] = reference.split(':');
  try {
    const answer = await engine.importImage(archive, { repo, tag, changes: 'CMD ["bash"]', abortSignal: signal });
    for await (const { error } of engineEvents(answer, signal)) if (error !== undefined) throw new Error(error);
  } catch (thrown) {
    signal.throwIfAborted();
    throw new Problem(`The engine did not import the base image: ${messageOf(thrown)}`, {
      code: 'base-image-failed',
      cause: thrown,
    });
  }
}

function osRelease(): string {
  try {
    return readFileSync('/etc/os-release', 'utf8');
  } catch {
    return '';
  }
}
