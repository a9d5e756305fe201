import { relative, sep } from 'node:path';
import { Problem } from '../../base/errors.ts';
import { type ImageDefinition, PROJECT_IN_IMAGE } from '../../model/image.ts';
import type { NodeDefinition, Program } from '../../model/topology.ts';
import { type Addresses, wiringOf } from '../wiring.ts';

/**
 * Without it not even root sees where another user's process works, as it does on a machine of its own: the database
 * agent finds PostgreSQL's processes by that, and ends them when it must fence.
 */
export const NODE_CAPABILITIES = ['SYS_PTRACE'] as const;

/** The directory of a node, as its program sees it: the same in every container, and in none shared. */
export const NODE_DIRECTORY = '/node';

/** What every program finds around it besides its own variables, whatever the image says. */
export const NODE_ENVIRONMENT = {
  HOME: NODE_DIRECTORY,
  TMPDIR: `${NODE_DIRECTORY}/tmp`,
  LANG: 'C.UTF-8',
  TZ: 'UTC',
} as const;

/** What to run in a node's container, with all paths as they are in there. */
export function programOf(
  node: NodeDefinition,
  addresses: Addresses,
  { image, sources, runId }: { image: ImageDefinition; sources: string; runId: string },
): Program {
  return node.program(
    wiringOf(node, addresses, {
      runId,
      directory: NODE_DIRECTORY,
      sources: pathInImage(image, sources),
      executable: (wanted) => programIn(image, wanted),
    }),
  );
}

/** Where a folder or file of the project is inside the image. */
function pathInImage({ projectFolder }: ImageDefinition, path: string): string {
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
