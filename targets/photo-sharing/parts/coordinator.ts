import {
  type Address,
  type Edge,
  formatAddress,
  type NodeDefinition,
  type Wiring,
} from '../../../harness/model/topology.ts';

/**
 * `no_advertise` concerns clients only: a server also tells the others of every new route, as the address that it sees
 * with the port that it hears, and they dial that at once, around the edges. So each says that it is to be found where
 * nobody listens.
 */
const NOWHERE = '127.0.0.1:1';

const others = (zone: string, zones: readonly string[]) => zones.filter((other) => other !== zone);

/**
 * One of the NATS servers that hold the database's lease; alone it is no cluster. Routes are explicit, so that each goes
 * through its own edge. Short pings make a server notice a peer that fell silent without a FIN.
 */
export function coordinator(zone: string, zones: readonly string[]): NodeDefinition {
  const isAlone = others(zone, zones).length === 0;
  return {
    name: `coordinator.${zone}`,
    tier: 'coordination',
    host: `coordinator-host.${zone}`,
    zone,
    ports: isAlone ? { nats: 'nats' } : { nats: 'nats', route: 'nats' },
    readiness: { kind: 'tcp', port: 'nats' },
    program: (wiring) => {
      const routes = others(zone, zones).map((other) => wiring.to(`coordinator.${other}`, 'route'));
      return {
        executable: wiring.executable('nats-server'),
        arguments: ['--config', `${wiring.directory}/nats.conf`],
        environment: {},
        files: {
          'nats.conf': `server_name: "${wiring.node.name}"
listen: "${formatAddress(wiring.listen('nats'))}"
ping_interval: "1s"
ping_max: 2
write_deadline: "2s"
jetstream {
  store_dir: "${wiring.directory}/jetstream"
  max_memory_store: 64MB
  max_file_store: 256MB
}
${isAlone ? '' : clusterOf(wiring, routes)}`,
        },
      };
    },
  };
}

function clusterOf(wiring: Wiring, routes: readonly Address[]): string {
  return `cluster {
  name: coordination
  listen: "${formatAddress(wiring.listen('route'))}"
  no_advertise: true
  advertise: "${NOWHERE}"
  routes: [${routes.map((address) => `"nats-route://${formatAddress(address)}"`).join(', ')}]
}
`;
}

/** The routes between the coordinators, each way. */
export function coordinatorEdges(zones: readonly string[]): Edge[] {
  return zones.flatMap((zone) =>
    others(zone, zones).map(
      (other): Edge => ({ from: `coordinator.${zone}`, to: `coordinator.${other}`, port: 'route', plane: 'control' }),
    ),
  );
}
