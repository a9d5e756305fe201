import type Docker from 'dockerode';

/** Of the processors, when all containers want them, in proportion to the others; 1024 is the engine's own choice. */
export const USUAL_SHARE: Docker.HostConfig = { CpuShares: 1024 };
/** Of a container that gives way: see `giving-way.ts`. */
export const STARTING_SHARE: Docker.HostConfig = { CpuShares: 16 };

/** Where the engine may not share processors out (rootless, without delegation) all containers have the same. */
export async function share(container: Docker.Container, settings: Docker.HostConfig): Promise<void> {
  await container.update(settings).catch(() => undefined);
}
