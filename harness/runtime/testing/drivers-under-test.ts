import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Context } from 'mocha';
import { photoSharingImage } from '../../../targets/photo-sharing/image/definition.ts';
import type { ImageDefinition } from '../../model/image.ts';
import type { NodePreparation, Preparations } from '../../model/resource-control.ts';
import type { RunningTarget } from '../../model/running-target.ts';
import type { Topology } from '../../model/topology.ts';
import { startContainers } from '../docker/docker-driver.ts';
import { connectEngine, type Engine } from '../docker/engine.ts';
import { ensureImage } from '../docker/image/ensure-image.ts';
import { NODE_LABEL, RUN_LABEL } from '../docker/labels.ts';
import type { PresentImage } from '../docker/start-options.ts';
import { engineOrSkip } from '../docker/testing/engine.ts';
import type { StartOptions } from '../driver.ts';
import { startProcesses } from '../process/process-driver.ts';
import { preparationRefusal } from '../process/resources/preparable.ts';
import { listProcesses } from '../process-table.ts';
import { runsRoot } from '../run-folder.ts';
import { TEST_SOURCES } from './test-topology.ts';

type StartTestTarget = (
  topology: Topology,
  options: Omit<StartOptions, 'sources'> & { preparations?: Preparations },
) => Promise<RunningTarget>;

/** What the nodes of a topology run: the folder of their sources, and the image that has them. */
export interface TestPrograms {
  readonly sources: string;
  readonly image: ImageDefinition;
}

/** A driver, with what only its own means can tell of what it started. */
export interface DriverUnderTest {
  readonly name: RunningTarget['driver'];
  /** Skips the suite, and says why, where this driver cannot work. */
  prepare(suite: Context, programs?: TestPrograms): Promise<StartTestTarget>;
  /** Why a node cannot be prepared so on this machine; null when it can. */
  refusal(preparation: NodePreparation): string | null;
  /** Changes when a node is started anew. */
  identityOf(runId: string, node: string): Promise<number>;
  /** Whatever there is of a run: processes, containers, networks, folders. */
  leftOf(runId: string): Promise<string[]>;
}

export const DRIVERS_UNDER_TEST: readonly DriverUnderTest[] = [
  {
    name: 'process',
    prepare:
      async (_suite, { sources } = TESTS) =>
      (topology, options) =>
        startProcesses(topology, { ...options, sources }),
    refusal: preparationRefusal,
    async identityOf(runId, node) {
      const directory = join(runsRoot(), runId, 'nodes', node);
      return (await listProcesses()).find((candidate) => candidate.directory === directory)?.pid ?? 0;
    },
    async leftOf(runId) {
      const folder = join(runsRoot(), runId);
      const processes = (await listProcesses()).filter((entry) => entry.directory?.startsWith(folder));
      return [...processes.map(({ pid }) => `process ${pid}`), ...folderOf(runId)];
    },
  },
  {
    name: 'docker',
    async prepare(suite, { sources, image: definition } = TESTS) {
      const engine = await engineOrSkip(suite);
      const image = await imageIn(engine, definition);
      return (topology, options) => startContainers(topology, { ...options, sources, engine, image });
    },
    refusal: () => null,
    async identityOf(runId, node) {
      const { api } = await connectEngine();
      const filters = { label: [`${RUN_LABEL}=${runId}`, `${NODE_LABEL}=${node}`] };
      const [found] = await api.listContainers({ filters });
      return found === undefined ? 0 : (await api.getContainer(found.Id).inspect()).State.Pid;
    },
    async leftOf(runId) {
      const { api } = await connectEngine();
      const filters = { label: [`${RUN_LABEL}=${runId}`] };
      const containers = await api.listContainers({ all: true, filters });
      const networks = await api.listNetworks({ filters });
      const { Volumes: volumes } = await api.listVolumes({ filters });
      return [
        ...containers.map(({ Names: names }) => `container ${names.join()}`),
        ...networks.map(({ Name: name }) => `network ${name}`),
        ...(volumes ?? []).map(({ Name: name }) => `volume ${name}`),
        ...folderOf(runId),
      ];
    },
  },
];

/** The image of the tests in an engine, built when it is not there. */
export async function testImage(engine: Engine): Promise<PresentImage> {
  return await imageIn(engine, TESTS.image);
}

async function imageIn(engine: Engine, definition: ImageDefinition): Promise<PresentImage> {
  const { tag } = await ensureImage(engine.api, definition, {});
  return { tag, definition };
}

/** The reference target's image, with the tests' own services instead of the target's. */
const TESTS: TestPrograms = {
  sources: TEST_SOURCES,
  image: {
    ...photoSharingImage,
    name: 'tests',
    projectFolder: fileURLToPath(new URL('../../..', import.meta.url)),
    folders: ['harness/base', 'harness/toxiproxy', 'harness/runtime/testing/fixtures'],
    importRoots: ['harness/base', 'harness/toxiproxy', 'harness/runtime/testing/fixtures'],
  },
};

function folderOf(runId: string): string[] {
  const folder = join(runsRoot(), runId);
  return existsSync(folder) ? [`folder ${folder}`] : [];
}
