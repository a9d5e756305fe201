import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Pack, pack } from 'tar-stream';
import type { ImageContent } from './content.ts';
import { packageFiles } from './package-files.ts';

/** The same for every file on every host, Windows included, so that an unchanged layer is found in the engine's cache. */
const FILE_MODE = 0o644;
const PROGRAM_MODE = 0o755;
const MODIFIED = new Date(0);

export interface ContextSources {
  readonly projectFolder: string;
  /** A Linux Node of the engine's architecture; needed when the content has a Node version. */
  readonly nodeBinary: string | null;
}

/**
 * What the engine builds from, as a tar stream; read lazily, and an error while reading destroys it.
 *
 *   Dockerfile
 *   bin/node                       changes with the Node version
 *   packages/package.json
 *   packages/node_modules/...      changes with package-lock.json
 *   project/...                    our code: changes most often, so the Dockerfile copies it last
 */
export function buildContext(content: ImageContent, sources: ContextSources): Readable {
  const archive = pack();
  fill(archive, content, sources).then(
    () => archive.finalize(),
    (error) => archive.destroy(error),
  );
  return Readable.from(archive);
}

async function fill(archive: Pack, content: ImageContent, { projectFolder, nodeBinary }: ContextSources) {
  await addBytes(archive, 'Dockerfile', content.dockerfile);
  if (nodeBinary !== null) {
    await addFile(archive, 'bin/node', nodeBinary, PROGRAM_MODE);
    await addBytes(archive, 'packages/package.json', '{ "private": true, "type": "module" }\n');
  }
  for (const { path } of content.packages) {
    for (const file of await packageFiles(projectFolder, path)) {
      await addFile(archive, `packages/${file}`, join(projectFolder, file), FILE_MODE);
    }
  }
  for (const [path, bytes] of content.files) await addBytes(archive, `project/${path}`, bytes);
}

function addBytes(archive: Pack, name: string, bytes: Buffer | string): Promise<void> {
  return new Promise((resolve, reject) => {
    archive.entry({ name, mode: FILE_MODE, mtime: MODIFIED }, bytes, (error) => (error ? reject(error) : resolve()));
  });
}

async function addFile(archive: Pack, name: string, path: string, mode: number): Promise<void> {
  const { size } = await stat(path);
  await pipeline(createReadStream(path), archive.entry({ name, size, mode, mtime: MODIFIED }));
}
