import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Preparations } from '../../model/resource-control.ts';
import { type Address, formatAddress, type NodeDefinition, type Topology } from '../../model/topology.ts';
import type { Driver, StartOptions } from '../driver.ts';
import { withFakeClock } from '../fake-clock.ts';
import { ToxiproxyExtensions } from '../network/extensions.ts';
import { expectNoProxies, parseServerUrl, removeProxies, versionOfServer } from '../network/foreign-server.ts';
import { proxyNames, ToxiproxyNetwork } from '../network/network.ts';
import {
  createRunFolder,
  makeFolder,
  type RunFolder,
  readControlGroups,
  recordControlGroups,
  recordForeignProxies,
  recordProcess,
  workingFolder,
} from '../run-folder.ts';
import { startTarget } from '../start-target.ts';
import { Watchdog } from '../watchdog/watchdog.ts';
import { type Addresses, wiringOf } from '../wiring.ts';
import { killGroups } from './killing.ts';
import { LoggedProcess } from './logged-process.ts';
import { assignAddresses, portsNeeded } from './loopback-addresses.ts';
import { claimPorts, LOOPBACK } from './ports.ts';
import { ProcessTarget } from './process-target.ts';
import { programVersions } from './program-versions.ts';
import { executable } from './programs.ts';
import { ControlGroup, removeControlGroups } from './resources/control-group.ts';
import { mountDataDisk } from './resources/data-disk.ts';
import { expectPreparable } from './resources/preparable.ts';
import { removeFolder } from './sweep.ts';
import type { TargetNode } from './target-node.ts';
import { startToxiproxy } from './toxiproxy-process.ts';

/** The name of the proxy server's folder and log; no node may have it. */
const TOXIPROXY = 'toxiproxy';

/**
 * Processes of this machine on 127.0.0.1.
 * @throws Problem `missing-program`, `not-preparable` (exit code 4).
 */
export const processDriver: Driver = {
  name: 'process',
  async prepare({ toxiproxy, preparations = new Map() }) {
    expectPreparable(preparations);
    const foreignServer = toxiproxy === undefined ? undefined : parseServerUrl(toxiproxy);
    const environment = {
      ...(await programVersions()),
      ...(foreignServer && { toxiproxy: `${await versionOfServer(foreignServer)} at ${formatAddress(foreignServer)}` }),
    };
    return {
      name: 'process',
      environment,
      start: (topology, options) =>
        startProcesses(topology, { ...options, preparations, ...(foreignServer && { foreignServer }) }),
    };
  },
};

export interface ProcessStartOptions extends StartOptions {
  /** The API of a Toxiproxy server on this machine that takes the place of the embedded one. */
  readonly foreignServer?: Address;
  readonly preparations?: Preparations;
}

/** @throws Problem `no-free-ports`, `missing-program`, `edges-not-created`, `not-preparable`, `node-died`, `node-not-ready`. */
export async function startProcesses(topology: Topology, options: ProcessStartOptions): Promise<ProcessTarget> {
  return await startTarget(topology, options, (cleanUp) => prepare(topology, options, cleanUp));
}

/** Everything but the nodes themselves; what undoes a step is queued before the step is taken. */
async function prepare(
  topology: Topology,
  options: ProcessStartOptions,
  cleanUp: AsyncDisposableStack,
): Promise<ProcessTarget> {
  const { runId, logDirectory } = options;
  const preparations = preparationsFor(topology, options);
  expectPreparable(preparations);
  const folder = createRunFolder(runId);
  cleanUp.defer(() => removeFolder(folder.directory));
  const watchdog = new Watchdog(folder);
  cleanUp.defer(() => watchdog.end());
  mkdirSync(logDirectory, { recursive: true });
  const claim = await claimPorts(portsNeeded(topology));
  cleanUp.defer(() => claim.release());
  const endpoints = (await options.endpoints?.(LOOPBACK)) ?? {};
  const addresses = assignAddresses(topology, claim.ports, endpoints);
  cleanUp.defer(() => removeControlGroups(readControlGroups(folder)));
  const nodes = topology.nodes.map((node) => prepareNode(node, { folder, addresses, options, preparations }));

  const server = await serverFor({ folder, addresses, options, cleanUp });
  const network = await ToxiproxyNetwork.create(server.api, addresses.edges, {
    extensions: await ToxiproxyExtensions.find(server.api),
  });
  cleanUp.defer(() => network.close());
  cleanUp.defer(async () => void (await killGroups(nodes.map(({ process }) => process.group))));
  return new ProcessTarget({ runId, topology, addresses, network, nodes, server: server.process, watchdog, cleanUp });
}

/** The embedded server, started here, or somebody else's, on which just our proxies are made and removed. */
async function serverFor(surroundings: {
  folder: RunFolder;
  addresses: Addresses;
  options: ProcessStartOptions;
  cleanUp: AsyncDisposableStack;
}): Promise<{ api: Address; process: LoggedProcess | null }> {
  const { folder, addresses, options, cleanUp } = surroundings;
  const { foreignServer, logDirectory, seed, signal } = options;
  if (foreignServer !== undefined) {
    const proxies = { server: foreignServer, names: proxyNames(addresses.edges) };
    await expectNoProxies(proxies);
    recordForeignProxies(folder, proxies);
    cleanUp.defer(() => removeProxies(proxies));
    return { api: foreignServer, process: null };
  }
  const server = processIn(folder, TOXIPROXY, logDirectory);
  cleanUp.defer(async () => void (await killGroups([server.group])));
  await startToxiproxy(server, { address: addresses.toxiproxy, seed, signal });
  return { api: addresses.toxiproxy, process: server };
}

/** What nodes need for the faults to come, and for limits of their own. */
function preparationsFor({ nodes }: Topology, { preparations }: ProcessStartOptions): Preparations {
  return new Map(
    nodes.map(({ name, limits }) => [
      name,
      { ...preparations?.get(name), ...(limits !== undefined && { limits: true }) },
    ]),
  );
}

/** Gives a node its directory with its configuration, and what else it needs. */
function prepareNode(
  definition: NodeDefinition,
  surroundings: {
    folder: RunFolder;
    addresses: Addresses;
    options: ProcessStartOptions;
    preparations: Preparations;
  },
): TargetNode {
  const { folder, addresses, options, preparations } = surroundings;
  const { runId, sources, logDirectory } = options;
  const { limits, dataMebibytes, clock } = preparations.get(definition.name) ?? {};
  const directory = workingFolder(folder, definition.name);
  if (dataMebibytes !== undefined) {
    makeFolder(directory);
    mountDataDisk(directory, dataMebibytes);
  }
  const process = processIn(folder, definition.name, logDirectory);
  const program = definition.program(wiringOf(definition, addresses, { runId, directory, sources, executable }));
  const prepared = clock ? withFakeClock(program, directory) : program;
  for (const [path, content] of Object.entries(prepared.files)) {
    const file = join(directory, path);
    makeFolder(dirname(file));
    writeFileSync(file, content);
  }
  if (!limits) return { definition, process, program: prepared };
  const controlGroup = ControlGroup.create(`faultline-${runId}-${definition.name}`, (directories) =>
    recordControlGroups(folder, directories),
  );
  controlGroup.limit(definition.limits ?? {});
  return { definition, process, program: controlGroup.around(prepared), controlGroup };
}

function processIn(folder: RunFolder, name: string, logDirectory: string): LoggedProcess {
  return new LoggedProcess({
    name,
    directory: workingFolder(folder, name),
    logFile: join(logDirectory, `${name}.log`),
    record: (identity) => recordProcess(folder, name, identity),
  });
}
