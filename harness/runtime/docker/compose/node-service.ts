import type { ImageDefinition } from '../../../model/image.ts';
import { type Address, type NodeDefinition, type NodeLimits, startsWithTarget } from '../../../model/topology.ts';
import type { ContainerAddresses } from '../container-addresses.ts';
import { NODE_CAPABILITIES, NODE_DIRECTORY, NODE_ENVIRONMENT, programOf } from '../in-image.ts';
import { TOXIPROXY } from '../toxiproxy-container.ts';
import { type ComposePart, type ComposeService, literally } from './compose-file.ts';
import { healthCheck } from './health-check.ts';
import { memberOf } from './membership.ts';
import { mount } from './mount.ts';

/** What its services are told as the run's id: there is no run. */
const RUN_ID = 'compose';

/** Of the nodes that start on request. */
const ON_REQUEST_PROFILE = 'on-request';

/** A node as a service, in the network of its zone and in no other. */
export function nodePart(
  node: NodeDefinition,
  options: {
    image: { readonly tag: string; readonly definition: ImageDefinition };
    sources: string;
    addresses: ContainerAddresses;
  },
): ComposePart {
  const { image, sources, addresses } = options;
  const { name, zone, readiness, limits = {} } = node;
  const program = programOf(node, addresses, { image: image.definition, sources, runId: RUN_ID });
  const { files, volumes } = mount(name, program.files);
  const readyAt: Address = addresses.listen(name, readiness.port);
  const service: ComposeService = {
    image: image.tag,
    // Left alone by "docker compose up", and started by "docker compose up NAME".
    ...(!startsWithTarget(node) && { profiles: [ON_REQUEST_PROFILE] }),
    hostname: name,
    cap_add: NODE_CAPABILITIES,
    // Its edges first, as with the drivers.
    depends_on: { [TOXIPROXY]: { condition: 'service_healthy' } },
    command: [program.executable, ...program.arguments].map(literally),
    environment: environmentOf({ ...NODE_ENVIRONMENT, ...program.environment }),
    working_dir: NODE_DIRECTORY,
    ...(volumes.length > 0 && { volumes }),
    // The directory for temporary files, which anybody in the container may write to.
    tmpfs: NODE_ENVIRONMENT.TMPDIR,
    networks: memberOf(new Map([[zone, addresses.nodes.get(name)!]])),
    healthcheck: healthCheck(readiness, readyAt),
    ...limitsOf(limits),
  };
  return { services: { [name]: service }, files };
}

function environmentOf(environment: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, literally(value)]));
}

function limitsOf({ cpus, memoryMebibytes }: NodeLimits): Pick<ComposeService, 'cpus' | 'mem_limit' | 'memswap_limit'> {
  return {
    ...(cpus !== undefined && { cpus }),
    // Without swap beyond it, or the limit would only make the node slow.
    ...(memoryMebibytes !== undefined && { mem_limit: `${memoryMebibytes}m`, memswap_limit: `${memoryMebibytes}m` }),
  };
}
