import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Address, NodeDefinition, Topology } from '../model/topology.ts';
import { ToxiproxyExtensions } from './extensions.ts';
import { killGroups } from './killing.ts';
import { LoggedProcess } from './logged-process.ts';
import { ToxiproxyNetwork } from './network.ts';
import { claimPorts } from './ports.ts';
import { ProcessTarget, type TargetNode } from './process-target.ts';
import { createRunFolder, makeFolder, type RunFolder, recordProcess, workingFolder } from './run-folder.ts';
import { removeFolder } from './sweep.ts';
import { startToxiproxy } from './toxiproxy-process.ts';
import { type Addresses, assignAddresses, portsNeeded, wiringOf } from './wiring.ts';

export interface StartOptions {
  readonly runId: string;
  /** Where each node's output goes, as `<node>.log`; outlives the run. */
  readonly logDirectory: string;
  /** The folder of the target's sources. Absolute. */
  readonly sources: string;
  /** Where the harness takes the target's telemetry; without it the services' telemetry goes nowhere. */
  readonly collector?: Address;
  /** Of the Toxiproxy server's random draws. */
  readonly seed: number;
  /** Limit of the whole bring-up; default 60 s. */
  readonly timeoutMs?: number;
  readonly onNodeReady?: (node: string) => void;
  readonly signal?: AbortSignal;
}

/** The name of the proxy server's folder and log; no node may have it. */
const TOXIPROXY = 'toxiproxy';
const BRING_UP_TIMEOUT_MS = 60_000;

/**
 * Brings a topology up as processes of this machine on 127.0.0.1, every edge through a proxy of its own, and waits
 * until every node is ready. When that fails, or the signal aborts, everything is taken down again first.
 * @throws Problem `no-free-ports`, `missing-program`, `edges-not-created`, `node-died`, `node-not-ready`.
 */
export async function startTarget(topology: Topology, options: StartOptions): Promise<ProcessTarget> {
  options.signal?.throwIfAborted();
  const cleanUp = new AsyncDisposableStack();
  try {
    const target = await prepare(topology, options, cleanUp);
    const { timeoutMs = BRING_UP_TIMEOUT_MS, onNodeReady, signal } = options;
    await target.start(
      topology.nodes.map(({ name }) => name),
      { timeoutMs, ...(onNodeReady && { onReady: onNodeReady }), ...(signal && { signal }) },
    );
    return target;
  } catch (thrown) {
    await cleanUp.disposeAsync().catch(() => undefined);
    throw thrown;
  }
}

/** Everything but the nodes themselves; what undoes a step is queued before the step is taken. */
async function prepare(
  topology: Topology,
  options: StartOptions,
  cleanUp: AsyncDisposableStack,
): Promise<ProcessTarget> {
  const { runId, logDirectory, seed, signal, collector } = options;
  const folder = createRunFolder(runId);
  cleanUp.defer(() => removeFolder(folder.directory));
  mkdirSync(logDirectory, { recursive: true });
  const claim = await claimPorts(portsNeeded(topology));
  cleanUp.defer(() => claim.release());
  const addresses = assignAddresses(topology, claim.ports, collector);
  const nodes = topology.nodes.map((node) => prepareNode(node, { folder, addresses, options }));

  const server = processIn(folder, TOXIPROXY, logDirectory);
  cleanUp.defer(async () => void (await killGroups([server.group])));
  await startToxiproxy(server, { address: addresses.toxiproxy, seed, signal });
  const extensions = await ToxiproxyExtensions.find(addresses.toxiproxy);
  const network = await ToxiproxyNetwork.create(addresses.toxiproxy, addresses.edges, { extensions });
  cleanUp.defer(() => network.close());
  cleanUp.defer(async () => void (await killGroups(nodes.map(({ process }) => process.group))));
  return new ProcessTarget({ runId, topology, addresses, network, nodes, server, cleanUp });
}

/** Gives a node its directory with its configuration. */
function prepareNode(
  definition: NodeDefinition,
  { folder, addresses, options }: { folder: RunFolder; addresses: Addresses; options: StartOptions },
): TargetNode {
  const process = processIn(folder, definition.name, options.logDirectory);
  const { runId, sources } = options;
  const program = definition.program(wiringOf(definition, addresses, { runId, directory: process.directory, sources }));
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
