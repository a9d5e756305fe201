import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stage7 } from '../../targets/photo-sharing/index.ts';
import { COMPOSE_FILE, composeFiles } from '../runtime/docker/compose/compose.ts';
import { COMPOSE_FOLDER } from '../runtime/docker/compose/mount.ts';

/** `compose`: writes the reference target as a Compose file, with all that belongs to it and nothing from before. */
export async function composeCommand(): Promise<number> {
  const { projectFolder } = stage7.image;
  const files = composeFiles(stage7);
  rmSync(join(projectFolder, COMPOSE_FOLDER), { recursive: true, force: true });
  for (const [path, content] of files) {
    mkdirSync(dirname(join(projectFolder, path)), { recursive: true });
    writeFileSync(join(projectFolder, path), content);
  }
  process.stdout.write(`Wrote ${COMPOSE_FILE} and ${files.size - 1} files in ${COMPOSE_FOLDER}/.\n`);
  return 0;
}
