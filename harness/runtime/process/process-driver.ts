import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Address, formatAddress, type NodeDefinition, type Topology } from '../../model/topology.ts';
import type { Driver, StartOptions } from '../driver.ts';
import { ToxiproxyExtensions } from '../network/extensions.ts';
import { expectNoProxies, parseServerUrl, removeProxies, versionOfServer } from '../network/foreign-server.ts';
import { proxyNames, ToxiproxyNetwork } from '../network/network.ts';
import {
  createRunFolder,
  makeFolder,
  type RunFolder,
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
import { ProcessTarget, type TargetNode } from './process-target.ts';
import { programVersions } from './program-versions.ts';
import { executable } from './programs.ts';
import { removeFolder } from './sweep.ts';
import { startToxiproxy } from './toxiproxy-process.ts';

/** The name of the proxy server's folder and log; no node may have it. */
const TOXIPROXY = 'toxiproxy';

/**
 * Processes of this machine on 127.0.0.1.
 * @throws Problem `missing-program` (exit code 4).
 */
export const processDriver: Driver = {
  name: 'process',
  async prepare({ toxiproxy }) {
    const foreignServer = toxiproxy === undefined ? undefined : parseServerUrl(toxiproxy);
    const environment = {
      ...(await programVersions()),
      ...(foreignServer && { toxiproxy: `${await versionOfServer(foreignServer)} at ${formatAddress(foreignServer)}` }),
    };
    return {
      name: 'process',
      environment,
      start: (topology, options) => startProcesses(topology, { ...options, ...(foreignServer && { foreignServer }) }),
    };
  },
};

export interface ProcessStartOptions extends StartOptions {
  /** The API of a Toxiproxy server on this machine that takes the place of the embedded one. */
  readonly foreignServer?: Address;
}

/** @throws Problem `no-free-ports`, `missing-program`, `edges-not-created`, `node-died`, `node-not-ready`. */
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
  const folder = createRunFolder(runId);
  cleanUp.defer(() => removeFolder(folder.directory));
  const watchdog = new Watchdog(folder);
  cleanUp.defer(() => watchdog.end());
  mkdirSync(logDirectory, { recursive: true });
  const claim = await claimPorts(portsNeeded(topology));
  cleanUp.defer(() => claim.release());
  const collector = await options.collector?.(LOOPBACK);
  const addresses = assignAddresses(topology, claim.ports, collector);
  const nodes = topology.nodes.map((node) => prepareNode(node, { folder, addresses, options }));

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

/** Gives a node its directory with its configuration. */
function prepareNode(
  definition: NodeDefinition,
  { folder, addresses, options }: { folder: RunFolder; addresses: Addresses; options: StartOptions },
): TargetNode {
  const process = processIn(folder, definition.name, options.logDirectory);
  const { runId, sources } = options;
  const program = definition.program(
    wiringOf(definition, addresses, { runId, directory: process.directory, sources, executable }),
  );
  for (const [path, content] of Object.entries(program.files)) {
    const file = join(process.directory, path);
    makeFolder(dirname(file));
    writeFileSync(file, content);
  }
  return { definition, process, program };
}

function processIn(folder: RunFolder, name: string, logDirectory: string): LoggedProcess {
  return new LoggedProcess({
    name,
    directory: workingFolder(folder, name),
    logFile: join(logDirectory, `${name}.log`),
    record: (identity) => recordProcess(folder, name, identity),
  });
}
