import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '../../../base/errors.ts';

/** What no program reads: types, source maps and documents are more than half of most packages. */
const UNREAD = /\.(d\.[cm]?ts|map|md|markdown)$/i;

/**
 * The files of an installed package, relative to the project, with `/`; packages nested in it are packages of their own.
 * @throws Problem `native-package`: it was built for this machine, which need not be a machine like the image.
 */
export async function packageFiles(projectFolder: string, packagePath: string): Promise<string[]> {
  const files = await filesBelow(projectFolder, packagePath);
  const native = files.find((file) => file.endsWith('.node'));
  if (native === undefined) return files.sort();
  throw new Problem(`${native} is machine code, so that ${packagePath} cannot be copied into an image`, {
    code: 'native-package',
    hint: 'Code that goes into the image may import packages of pure JavaScript only.',
  });
}

async function filesBelow(projectFolder: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(projectFolder, folder), { withFileTypes: true });
  const lists = entries.map(async (entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : filesBelow(projectFolder, path);
    return entry.isFile() && !UNREAD.test(entry.name) ? [path] : [];
  });
  return (await Promise.all(lists)).flat();
}
