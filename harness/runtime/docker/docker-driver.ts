import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { NodeDefinition, Topology } from '../../model/topology.ts';
import type { Driver, EndpointAddresses, StartOptions } from '../driver.ts';
import { withFakeClock } from '../fake-clock.ts';
import { ToxiproxyExtensions } from '../network/extensions.ts';
import { ToxiproxyNetwork } from '../network/network.ts';
import { claimPorts, LOOPBACK } from '../process/ports.ts';
import { removeFolder } from '../process/sweep.ts';
import { createRunFolder, recordContainers } from '../run-folder.ts';
import { startTarget } from '../start-target.ts';
import { Watchdog } from '../watchdog/watchdog.ts';
import { type AccessPoints, accessPoints, accessPortsNeeded } from './access-points.ts';
import { HOST_IN_CONTAINERS, NodeContainer } from './container.ts';
import { assignContainerAddresses, type ContainerAddresses, HARNESS_NETWORK } from './container-addresses.ts';
import { controlGroupParent } from './control-group.ts';
import { DockerTarget } from './docker-target.ts';
import { connectEngine } from './engine.ts';
import { watchEngine } from './engine-watch.ts';
import { ensureImage } from './image/ensure-image.ts';
import { ensureForeignImage } from './image/foreign-image.ts';
import { NODE_CAPABILITIES, NODE_DIRECTORY, programOf } from './in-image.ts';
import { createNetworks, type RunNetwork } from './networks.ts';
import { directReach, isOwnAddress, publishedReach } from './reach.ts';
import { removeRun } from './removal.ts';
import { DataDisks } from './resources/data-disks.ts';
import type { ContainerStartOptions } from './start-options.ts';
import { createToxiproxy, startToxiproxy } from './toxiproxy-container.ts';

/**
 * Containers of a Docker Engine, one for each node, all from one image. Each zone is a network of its own that nothing
 * leaves, and the Toxiproxy container is the only one that is in all of them: it is the only way across.
 * @throws Problem what `connectEngine` and `ensureImage` say.
 */
export const dockerDriver: Driver = {
  name: 'docker',
  async prepare({ image: definition, toxiproxy, preparations = new Map(), onProgress, signal }) {
    const engine = await connectEngine();
    if (toxiproxy !== undefined) await ensureForeignImage(engine.api, toxiproxy, { onProgress, signal });
    const { tag } = await ensureImage(engine.api, definition, { onProgress, signal });
    return {
      name: 'docker',
      environment: { docker: engine.version, image: tag, ...(toxiproxy === undefined ? {} : { toxiproxy }) },
      start: (topology, options) =>
        startContainers(topology, {
          ...options,
          ...{ engine, image: { tag, definition }, preparations },
          ...(toxiproxy === undefined ? {} : { foreignImage: toxiproxy }),
        }),
    };
  },
};

/** @throws Problem `networks-not-created`, `container-not-created`, `edges-not-created`, `node-died`, `node-not-ready`. */
export async function startContainers(topology: Topology, options: ContainerStartOptions): Promise<DockerTarget> {
  return await startTarget(topology, options, (cleanUp) => prepare(topology, options, cleanUp));
}

/** Everything but the nodes' start; what undoes a step is queued before the step is taken. */
async function prepare(
  topology: Topology,
  options: ContainerStartOptions,
  cleanUp: AsyncDisposableStack,
): Promise<DockerTarget> {
  const { engine, runId, logDirectory, signal } = options;
  const folder = createRunFolder(runId);
  recordContainers(folder);
  cleanUp.defer(async () => {
    await removeRun(engine.api, runId);
    // Only then: while containers may be left, the folder is what tells of them where no engine answers.
    await removeFolder(folder.directory);
  });
  const watchdog = new Watchdog(folder);
  cleanUp.defer(() => watchdog.end());
  mkdirSync(logDirectory, { recursive: true });
  const watch = await watchEngine(engine.api, runId);
  cleanUp.defer(() => watch.close());

  const { networks, direct } = await networksFor(topology, options);
  const subnets = new Map(networks.map(({ name, subnet }) => [name, subnet]));
  const endpoints = await endpointsOn(subnets.get(HARNESS_NETWORK)!.address(1), options);
  const addresses = assignContainerAddresses(topology, subnets, endpoints);
  const access = direct ? null : await publishAll(topology, addresses, cleanUp);
  const reach = access === null ? directReach : publishedReach(access.ports);
  signal?.throwIfAborted();

  const parent = await controlGroupParent(engine.api);
  const { image, preparations = new Map() } = options;
  const disks = await DataDisks.create(engine.api, { runId, image: image.tag, preparations });
  const [server, ...nodes] = await allOrNone([
    createToxiproxy({ options, addresses, networks, access, parent }),
    ...topology.nodes.map((node) => createNode(node, { options, networks, addresses, disks, parent })),
  ]);
  if (server === undefined) throw new Error('no container was made');
  const api = reach.fromHere(addresses.toxiproxy);
  await startToxiproxy(server, { address: api, signal });
  const edges = [...addresses.edges, ...(access?.proxies ?? [])];
  const network = await ToxiproxyNetwork.create(api, edges, { extensions: await ToxiproxyExtensions.find(api) });
  cleanUp.defer(() => network.close());
  const containers = new Map(nodes.map((container) => [container.name, container]));
  return new DockerTarget({
    ...{ runId, topology, addresses, reach, network, containers, disks, server, watchdog, cleanUp },
    connection: engine.connection,
    lost: watch.lost,
  });
}

/** Waits for all of them, whatever becomes of one: none may still be made while what is there is removed. */
async function allOrNone<T>(works: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(works);
  return await Promise.all(works);
}

/** One for each zone, and one for the harness. That one is internal too unless ports must be published on it. */
async function networksFor(topology: Topology, { engine, runId }: ContainerStartOptions) {
  const zones = await createNetworks(
    engine.api,
    runId,
    topology.zones.map(({ name }) => ({ name, internal: true })),
  );
  const own = await Promise.all(zones.map(({ subnet }) => isOwnAddress(subnet.address(1))));
  const direct = own.every(Boolean) && accessAsked() !== 'published';
  const harness = await createNetworks(engine.api, runId, [{ name: HARNESS_NETWORK, internal: direct }]);
  return { networks: [...zones, ...harness], direct };
}

/** For engines whose networks look reachable and are not, and for tests. */
function accessAsked(): string | undefined {
  return process.env.FAULTLINE_DOCKER_ACCESS;
}

/**
 * The harness, as the Toxiproxy container reaches it: at the gateway of its own network with the harness, which no
 * fault touches. Where that gateway is not on this machine, by the name that Docker Desktop has for it.
 */
async function endpointsOn(gateway: string, { endpoints }: StartOptions): Promise<EndpointAddresses> {
  if (await isOwnAddress(gateway)) return (await endpoints?.(gateway)) ?? {};
  const listening = (await endpoints?.(LOOPBACK)) ?? {};
  return Object.fromEntries(
    Object.entries(listening).map(([name, { port }]) => [name, { host: HOST_IN_CONTAINERS, port }]),
  );
}

async function publishAll(
  topology: Topology,
  addresses: ContainerAddresses,
  cleanUp: AsyncDisposableStack,
): Promise<AccessPoints> {
  const claim = await claimPorts(accessPortsNeeded(topology));
  cleanUp.defer(() => claim.release());
  return accessPoints(topology, addresses, claim.ports);
}

async function createNode(
  node: NodeDefinition,
  surroundings: {
    options: ContainerStartOptions;
    networks: readonly RunNetwork[];
    addresses: ContainerAddresses;
    disks: DataDisks;
    /** See `controlGroupParent`. */
    parent: string | undefined;
  },
): Promise<NodeContainer> {
  const { options, networks, addresses, disks, parent } = surroundings;
  const { engine, image, runId, sources, logDirectory, preparations } = options;
  const { name, zone, limits } = node;
  const own = programOf(node, addresses, { image: image.definition, sources, runId });
  const program = preparations?.get(name)?.clock ? withFakeClock(own, NODE_DIRECTORY) : own;
  const network = networks.find((candidate) => candidate.name === zone);
  if (network === undefined) throw new Error(`there is no network for ${zone}, where ${name} is`);
  return await NodeContainer.create(engine.api, {
    runId,
    name,
    image: image.tag,
    command: [program.executable, ...program.arguments],
    environment: program.environment,
    files: program.files,
    networks: [{ id: network.id, address: addresses.nodes.get(name)! }],
    limits,
    mounts: disks.mountsFor(name, NODE_DIRECTORY),
    controlGroupParent: parent,
    capabilities: NODE_CAPABILITIES,
    logFile: join(logDirectory, `${name}.log`),
  });
}
