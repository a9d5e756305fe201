import { type Edge, formatAddress, type Wiring } from '../../../harness/model/topology.ts';

/** The arguments that run one of our services with its telemetry loaded first. */
export function serviceArguments(wiring: Wiring, service: string): string[] {
  const folder = `${wiring.sources}/services`;
  return [
    '--disable-warning=ExperimentalWarning',
    '--import',
    `${folder}/telemetry.ts`,
    `${folder}/${service}/main.ts`,
  ];
}

/** What every service of ours is told: who it is, where its spans go, and which mutant it is, if any. */
export function serviceEnvironment(wiring: Wiring, mutant: string | undefined): Record<string, string> {
  return {
    FAULTLINE_NODE: wiring.node.name,
    FAULTLINE_ZONE: wiring.node.zone,
    FAULTLINE_RUN: wiring.runId,
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://${formatAddress(wiring.to('collector', 'otlp'))}`,
    ...(mutant === undefined ? {} : { FAULTLINE_MUTANT: mutant }),
  };
}

/** How a service is told of several nodes: `cache-1.us-west=127.0.0.1:10201,cache-2.us-west=127.0.0.1:10202`. */
export function namedAddresses(wiring: Wiring, nodes: readonly string[], port: string): string {
  return nodes.map((node) => `${node}=${formatAddress(wiring.to(node, port))}`).join(',');
}

/** The edge that carries a service's spans. */
export function telemetryEdge(from: string): Edge {
  return { from, to: 'collector', port: 'otlp', plane: 'telemetry' };
}
