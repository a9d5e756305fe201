import { relative, sep } from 'node:path';
import { Problem } from '../../base/errors.ts';
import { type ImageDefinition, PROJECT_IN_IMAGE } from '../../model/image.ts';

/** Where a folder or file of the project is inside the image. */
export function pathInImage({ projectFolder }: ImageDefinition, path: string): string {
  return `${PROJECT_IN_IMAGE}/${relative(projectFolder, path).split(sep).join('/')}`;
}

/** Where a program is inside the image. */
export function programIn({ name, programs }: ImageDefinition, program: string): string {
  const path = programs[program];
  if (path !== undefined) return path;
  throw new Problem(`The image ${name} has no program "${program}"`, {
    code: 'missing-program',
    hint: `It has ${Object.keys(programs).join(', ')}; a new one goes into its Dockerfile and its definition.`,
  });
}
