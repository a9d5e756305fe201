import { join } from 'node:path';
import { type ImageDefinition, PROJECT_IN_IMAGE } from '../../model/image.ts';
import type { Address } from '../../model/topology.ts';
import { awaitAllReady } from '../bring-up.ts';
import { LEASE_MS } from '../network/lease-keeper.ts';
import type { AccessPoints } from './access-points.ts';
import { NodeContainer } from './container.ts';
import { type ContainerAddresses, HARNESS_NETWORK } from './container-addresses.ts';
import { programIn } from './in-image.ts';
import type { RunNetwork } from './networks.ts';
import type { ContainerStartOptions } from './start-options.ts';

/** Its container's name; no node may have it. */
export const TOXIPROXY = 'toxiproxy';
const START_TIMEOUT_MS = 20_000;
const SCRIPT_IN_IMAGE = `${PROJECT_IN_IMAGE}/harness/toxiproxy/main.ts`;

/** The container of the embedded Toxiproxy server, in every network of the run; its API only on the harness's. */
export async function createToxiproxy(details: {
  options: ContainerStartOptions;
  addresses: ContainerAddresses;
  networks: readonly RunNetwork[];
  access: AccessPoints | null;
  /** See `controlGroupParent`. */
  parent: string | undefined;
}): Promise<NodeContainer> {
  const { options, addresses, networks, access, parent } = details;
  const { engine, image, foreignImage, runId, logDirectory } = options;
  const { host, port } = addresses.toxiproxy;
  // The first network is the one that ports are published on.
  const harnessFirst = [...networks].sort(
    (a, b) => Number(b.name === HARNESS_NETWORK) - Number(a.name === HARNESS_NETWORK),
  );
  return await NodeContainer.create(engine.api, {
    runId,
    name: TOXIPROXY,
    image: foreignImage ?? image.tag,
    command: foreignImage === undefined ? embedded(options, addresses) : ['-host', host, '-port', String(port)],
    environment: {},
    files: {},
    networks: harnessFirst.map(({ name, id }) => ({ id, address: addresses.proxy.get(name)! })),
    controlGroupParent: parent,
    published: access?.published ?? [],
    logFile: join(logDirectory, `${TOXIPROXY}.log`),
  });
}

/** The embedded server: draws from the run's seed, and ends by itself when the harness is gone. */
function embedded({ image, seed }: ContainerStartOptions, { toxiproxy }: ContainerAddresses): string[] {
  return [
    ...toxiproxyCommand(image.definition, toxiproxy),
    ...['--seed', String(seed), '--owner-lease', String(LEASE_MS)],
  ];
}

/** Runs the embedded server in a container of the image, with its API on this address. */
export function toxiproxyCommand(image: ImageDefinition, { host, port }: Address): string[] {
  return [
    ...[programIn(image, 'node'), '--disable-warning=ExperimentalWarning', SCRIPT_IN_IMAGE],
    ...['--host', host, '--port', String(port)],
  ];
}

/** Starts it and waits until its API answers. */
export async function startToxiproxy(
  server: NodeContainer,
  { address, signal }: { address: Address; signal?: AbortSignal | undefined },
): Promise<void> {
  await server.launch();
  const readiness = { kind: 'http', port: 'api', path: '/version' } as const;
  await awaitAllReady([{ process: server, readiness, address, listens: [] }], { timeoutMs: START_TIMEOUT_MS, signal });
}
