import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isLinuxProgram } from './elf.ts';
import type { Architecture } from './engine-platform.ts';
import { fetchNode } from './fetch-node.ts';

export interface NodeOptions {
  readonly projectFolder: string;
  /** As package-lock.json pins it. */
  readonly version: string;
  readonly architecture: Architecture;
  readonly onProgress: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * The path of a Linux Node of this version and architecture: the one that runs the harness, where this machine is like
 * the image, or else the one that npm publishes for such machines, fetched once into node_modules/.cache.
 * @throws Problem `node-not-fetched`.
 */
export async function linuxNode(options: NodeOptions): Promise<string> {
  const { projectFolder, version, architecture, onProgress, signal } = options;
  const installed = join(projectFolder, 'node_modules', 'node');
  const own = join(installed, 'bin', 'node');
  if ((await versionOf(installed)) === version && (await isLinuxProgram(own, architecture))) return own;

  const cache = join(projectFolder, 'node_modules', '.cache', 'faultline');
  const name = `node-linux-${architecture}`;
  const cached = join(cache, `${name}-${version}`);
  if (await isLinuxProgram(cached, architecture)) return cached;

  onProgress(`Fetching Node ${version} for linux ${architecture} from the npm registry`);
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'fetching-'));
  try {
    // A rename within the cache: nobody ever sees half a file.
    await rename(await fetchNode({ name, version, folder, signal }), cached);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return cached;
}

async function versionOf(packageFolder: string): Promise<string | undefined> {
  try {
    const { version } = JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8')) as { version?: string };
    return version;
  } catch {
    return undefined;
  }
}
