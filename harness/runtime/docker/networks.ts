import type Docker from 'dockerode';
import { messageOf, Problem } from '../../base/errors.ts';
import { labelsOf } from './labels.ts';
import { freeSubnets, type Subnet } from './subnets.ts';

/** A network of a run, as it exists in the engine. */
export interface RunNetwork {
  /** The zone's name, or `harness`. */
  readonly name: string;
  readonly id: string;
  readonly subnet: Subnet;
}

export interface WantedNetwork {
  readonly name: string;
  /** Nothing leaves it but to the machine of the engine itself. */
  readonly internal: boolean;
}

/** Somebody else may take a subnet between the look and the creation. */
const ATTEMPTS = 5;

/**
 * Makes the networks of a run, each with a subnet that nobody else uses.
 * @throws Problem `networks-not-created`. What was created until then is found by its label.
 */
export async function createNetworks(
  api: Docker,
  runId: string,
  wanted: readonly WantedNetwork[],
): Promise<RunNetwork[]> {
  const created: RunNetwork[] = [];
  for (let attempt = 1; ; attempt += 1) {
    const missing = wanted.slice(created.length);
    const subnets = freeSubnets(missing.length, await takenSubnets(api));
    if (subnets.length < missing.length) throw notCreated('no free subnet is left in 10.200.0.0 to 10.231.255.255');
    try {
      for (const [index, network] of missing.entries()) {
        created.push(await createNetwork(api, runId, network, subnets[index]!));
      }
      return created;
    } catch (thrown) {
      if (attempt >= ATTEMPTS || !/overlaps/i.test(messageOf(thrown))) throw notCreated(messageOf(thrown), thrown);
    }
  }
}

async function createNetwork(
  api: Docker,
  runId: string,
  { name, internal }: WantedNetwork,
  subnet: Subnet,
): Promise<RunNetwork> {
  const { id } = await api.createNetwork({
    Name: `faultline-${runId}-${name}`,
    Driver: 'bridge',
    Internal: internal,
    IPAM: { Driver: 'default', Config: [{ Subnet: subnet.cidr, Gateway: subnet.address(1) }] },
    Labels: labelsOf(runId),
  });
  return { name, id, subnet };
}

async function takenSubnets(api: Docker): Promise<string[]> {
  const networks = await api.listNetworks();
  return networks.flatMap(({ IPAM }) => (IPAM?.Config ?? []).flatMap(({ Subnet: cidr }) => cidr ?? []));
}

function notCreated(reason: string, cause?: unknown): Problem {
  return new Problem(`The networks of the zones could not be made: ${reason}`, {
    code: 'networks-not-created',
    hint: '"docker network ls" shows what there is; networks of dead runs are removed by "npm run undo".',
    cause,
  });
}
