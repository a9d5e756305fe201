import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CACHE_FOLDER } from './configuration.ts';

/**
 * Removes the copy of an asset, so that the next request fetches it anew. nginx names the file of a copy by the MD5 of
 * its key, and takes one that is gone for one that never was. Returns whether there was a copy.
 */
export async function purge(directory: string, path: string): Promise<boolean> {
  const file = join(directory, CACHE_FOLDER, createHash('md5').update(path).digest('hex'));
  return await rm(file).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
}
