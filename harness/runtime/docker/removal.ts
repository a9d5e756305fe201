import type Docker from 'dockerode';
import { messageOf, Problem } from '../../base/errors.ts';
import { pollUntil } from '../../base/poll.ts';
import { formatList } from '../../model/analysis/format.ts';
import { engineStatus } from './engine.ts';
import { RUN_LABEL } from './labels.ts';

const REMOVAL_TIMEOUT_MS = 30_000;
const RETRY_INTERVAL_MS = 100;

export interface Removed {
  readonly containers: number;
  readonly networks: number;
}

/**
 * Removes every container, network and volume of a run; fine when some, or all, are gone already, or are just going.
 * @throws Problem `not-removed` that names what is left after 30 s, and what to do.
 */
export async function removeRun(api: Docker, runId: string): Promise<Removed> {
  const filters = { label: [`${RUN_LABEL}=${runId}`] };
  const found = { containers: 0, networks: 0 };
  const removal = pollUntil<void>(
    async () => {
      const containers = await api.listContainers({ all: true, filters });
      found.containers = Math.max(found.containers, containers.length);
      await Promise.all(containers.map(({ Id }) => unlessBusy(api.getContainer(Id).remove({ force: true, v: true }))));
      const networks = await api.listNetworks({ filters });
      found.networks = Math.max(found.networks, networks.length);
      await Promise.all(networks.map(({ Id }) => unlessBusy(api.getNetwork(Id).remove())));
      await Promise.all((await volumesOf(api, filters)).map(({ Name }) => unlessBusy(api.getVolume(Name).remove())));
      const left = [
        ...(await api.listContainers({ all: true, filters })),
        ...(await api.listNetworks({ filters })),
        ...(await volumesOf(api, filters)),
      ];
      return left.length === 0
        ? { done: true, value: undefined }
        : { done: false, seen: left.map((one) => ('Names' in one ? one.Names.join(', ') : one.Name)).join(', ') };
    },
    {
      subject: `the containers, networks and volumes of ${runId} to be gone`,
      timeoutMs: REMOVAL_TIMEOUT_MS,
      intervalMs: RETRY_INTERVAL_MS,
    },
  );
  try {
    await removal;
  } catch (cause) {
    const left = await api.listNetworks({ filters }).catch(() => []);
    const networks = await Promise.all(left.map(({ Id }) => api.getNetwork(Id).inspect())).catch(() => []);
    throw new Problem(messageOf(cause), { code: 'not-removed', hint: hintFor(networks), cause });
  }
  return found;
}

/**
 * Docker Engine keeps a count of a network's members beside the members themselves, and now and then it is wrong: then
 * the network can be removed only after the engine has counted again, at its next start (moby/moby#42119).
 */
export function hintFor(networks: readonly Pick<Docker.NetworkInspectInfo, 'Name' | 'Containers'>[]): string {
  const empty = networks.filter(({ Containers: members }) => Object.keys(members ?? {}).length === 0);
  return empty.length === 0
    ? '"npm run undo" tries again.'
    : `The engine lists no member of ${formatList(empty.map(({ Name }) => Name))} and yet does not remove it: it has miscounted. Restart the engine, then "npm run undo".`;
}

/** An engine that has none may say null. */
async function volumesOf(api: Docker, filters: { label: string[] }): Promise<Docker.VolumeInspectInfo[]> {
  return (await api.listVolumes({ filters })).Volumes ?? [];
}

/** 404: gone; 403 and 409: still in use, or already being removed. Those are looked at again. */
async function unlessBusy(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (thrown) {
    if (![403, 404, 409].includes(engineStatus(thrown) ?? 0)) throw thrown;
  }
}
