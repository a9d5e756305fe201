import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Folders of what only tests need. */
const TEST_FOLDERS = new Set(['testing', 'fixtures', 'test-builders']);

/**
 * The files below the folders that a running program may need: everything but tests, their folders, documents and
 * hidden files. Relative to the project, with `/`, sorted, so that every machine gives the same list.
 */
export async function projectFiles(projectFolder: string, folders: readonly string[]): Promise<string[]> {
  const lists = await Promise.all(folders.map((folder) => filesBelow(projectFolder, folder)));
  return [...new Set(lists.flat())].sort();
}

async function filesBelow(projectFolder: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(projectFolder, folder), { withFileTypes: true });
  const lists = entries.map(async (entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.name.startsWith('.')) return [];
    if (entry.isDirectory()) return TEST_FOLDERS.has(entry.name) ? [] : filesBelow(projectFolder, path);
    return entry.isFile() && !/\.(test\.ts|md)$/.test(entry.name) ? [path] : [];
  });
  return (await Promise.all(lists)).flat();
}
