import type Docker from 'dockerode';

/** Of the processors, when all containers want them, in proportion to the others; 1024 is the engine's own choice. */
export const USUAL_SHARE: Docker.HostConfig = { CpuShares: 1024 };
const STARTING_SHARE: Docker.HostConfig = { CpuShares: 128 };

/** Containers that give way to the others. */
export interface GivingWay {
  /** This one has what all have again. */
  end(name: string): void;
  /** Returns when all of them have. */
  endAll(): Promise<void>;
}

/** Of containers that start when nobody is served yet. */
export const NO_NEED: GivingWay = { end: () => undefined, endAll: async () => undefined };

/**
 * Lets containers that are about to start take only the processor time that others leave, each until it is ready. In the
 * system that they stand for they would have processors of their own, and nobody else would notice that they start; here a
 * datacenter that starts again takes all of two processors for seconds. Where the engine may not share processors out
 * (rootless, without delegation) they start like all others.
 */
export async function giveWay(
  containers: readonly { readonly name: string; readonly api: Docker.Container }[],
): Promise<GivingWay> {
  const share = async (api: Docker.Container, settings: Docker.HostConfig) => {
    await api.update(settings).catch(() => undefined);
  };
  await Promise.all(containers.map(({ api }) => share(api, STARTING_SHARE)));
  const ending = new Map<string, Promise<void>>();
  const giving = new Map(containers.map(({ name, api }) => [name, api]));
  const end = (name: string) => {
    const api = giving.get(name);
    if (api !== undefined && !ending.has(name)) ending.set(name, share(api, USUAL_SHARE));
  };
  return {
    end,
    async endAll() {
      for (const { name } of containers) end(name);
      await Promise.all(ending.values());
    },
  };
}
