import { NODE_DIRECTORY } from '../in-image.ts';

/** The folder beside the Compose file that has all configuration files. */
export const COMPOSE_FOLDER = 'compose';

/** Files of a service, in a folder of its own, and how they get to where its program looks for them. */
export function mount(
  service: string,
  files: Readonly<Record<string, string>>,
): { files: Map<string, string>; volumes: string[] } {
  const located = Object.entries(files).map(([path, content]) => ({
    path,
    beside: `${COMPOSE_FOLDER}/${service}/${path}`,
    content,
  }));
  return {
    files: new Map(located.map(({ beside, content }) => [beside, content])),
    volumes: located.map(({ path, beside }) => `./${beside}:${NODE_DIRECTORY}/${path}:ro`),
  };
}
