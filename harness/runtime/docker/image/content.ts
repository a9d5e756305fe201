import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageDefinition } from '../../../model/image.ts';
import { importedPackages } from './bare-imports.ts';
import type { Architecture } from './engine-platform.ts';
import { type LockedPackage, type PackageLock, packageClosure } from './package-closure.ts';
import { projectFiles } from './project-files.ts';

/** All that decides what an image is. */
export interface ImageContent {
  readonly dockerfile: Buffer;
  /** Our own files, by path relative to the project. */
  readonly files: ReadonlyMap<string, Buffer>;
  readonly packages: readonly LockedPackage[];
  /** Null when nothing in the image is JavaScript. */
  readonly nodeVersion: string | null;
  readonly architecture: Architecture;
}

/** To be raised when the same content makes another build context than before. */
const CONTEXT_FORMAT = 1;
const HASH_CHARACTERS = 16;

/** Reads what goes into an image, except for the packages' own files: package-lock.json pins those. */
export async function readContent(image: ImageDefinition, architecture: Architecture): Promise<ImageContent> {
  const { projectFolder, folders, importRoots } = image;
  const paths = await projectFiles(projectFolder, folders);
  const files = new Map(
    await Promise.all(paths.map(async (path) => [path, await readFile(join(projectFolder, path))] as const)),
  );
  const dockerfile = await readFile(image.dockerfile);
  if (importRoots.length === 0) return { dockerfile, files, packages: [], nodeVersion: null, architecture };
  const lock = JSON.parse(await readFile(join(projectFolder, 'package-lock.json'), 'utf8')) as PackageLock;
  const modules = [...files].filter(([path]) => isModuleBelow(path, importRoots));
  const names = new Set(modules.flatMap(([, content]) => [...importedPackages(content.toString('utf8'))]));
  return {
    dockerfile,
    files,
    packages: packageClosure(lock, names),
    nodeVersion: lock.packages['node_modules/node']?.version ?? process.versions.node,
    architecture,
  };
}

/** Short, stable over machines and time, and another one whenever anything of the content differs. */
export function contentHash({ dockerfile, files, packages, nodeVersion, architecture }: ImageContent): string {
  const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex');
  const summary = {
    format: CONTEXT_FORMAT,
    dockerfile: sha256(dockerfile),
    files: [...files].map(([path, content]) => [path, sha256(content)]),
    packages: packages.map(({ path, version, integrity }) => [path, version, integrity]),
    nodeVersion,
    architecture,
  };
  return sha256(JSON.stringify(summary)).slice(0, HASH_CHARACTERS);
}

function isModuleBelow(path: string, roots: readonly string[]): boolean {
  return /\.m?[jt]s$/.test(path) && roots.some((root) => path.startsWith(`${root}/`));
}
