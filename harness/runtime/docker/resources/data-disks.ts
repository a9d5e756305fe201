import type Docker from 'dockerode';
import type { Preparations } from '../../../model/resource-control.ts';
import { labelsOf } from '../labels.ts';
import { runIn } from '../run-in.ts';

/** Where the container that keeps the disks has that of a node. */
const folderOf = (node: string) => `/disks/${node}`;

/**
 * Disks in memory of a size of their own for some nodes, as volumes. Their content is gone once no container uses
 * them, so one that does nothing else keeps them over the deaths of their nodes; it is the other hand that fills them.
 */
export class DataDisks {
  readonly #volumes: ReadonlyMap<string, string>;
  readonly #keeper: Docker.Container | null;

  private constructor(volumes: ReadonlyMap<string, string>, keeper: Docker.Container | null) {
    this.#volumes = volumes;
    this.#keeper = keeper;
  }

  /** All of it is found by the run's label. */
  static async create(
    engine: Docker,
    { runId, image, preparations }: { runId: string; image: string; preparations: Preparations },
  ): Promise<DataDisks> {
    const volumes = new Map<string, string>();
    for (const [node, { dataMebibytes }] of preparations) {
      if (dataMebibytes === undefined) continue;
      const name = `faultline-${runId}-${node}`;
      await engine.createVolume({
        Name: name,
        Driver: 'local',
        DriverOpts: { type: 'tmpfs', device: 'tmpfs', o: `size=${dataMebibytes}m,mode=0755` },
        Labels: labelsOf(runId),
      });
      volumes.set(node, name);
    }
    if (volumes.size === 0) return new DataDisks(volumes, null);
    const keeper = await engine.createContainer({
      name: `faultline-${runId}-disks`,
      Image: image,
      Entrypoint: ['sleep', 'infinity'],
      Labels: labelsOf(runId),
      HostConfig: {
        NetworkMode: 'none',
        Mounts: [...volumes].map(([node, volume]) => mountOf(volume, folderOf(node))),
      },
    });
    await keeper.start();
    return new DataDisks(volumes, keeper);
  }

  /** The node's disk at a path of its own container; none for a node that has no disk of its own. */
  mountsFor(node: string, path: string): Docker.MountSettings[] {
    const volume = this.#volumes.get(node);
    return volume === undefined ? [] : [mountOf(volume, path)];
  }

  /** Runs a line of shell in the folder that is the node's disk; gives what it printed. */
  async run(node: string, script: string): Promise<string> {
    if (this.#keeper === null || !this.#volumes.has(node))
      throw new Error(`${node} was not prepared with a disk of its own`);
    return await runIn(this.#keeper, `cd ${folderOf(node)} && { ${script}; }`);
  }
}

/** Nothing of the image's own is copied onto the disk. */
function mountOf(volume: string, path: string): Docker.MountSettings {
  return { Type: 'volume', Source: volume, Target: path, VolumeOptions: { NoCopy: true } } as Docker.MountSettings;
}
