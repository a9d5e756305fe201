import {
  type Edge,
  formatAddress,
  type NodeDefinition,
  startsWithTarget,
  type Wiring,
} from '../../../harness/model/topology.ts';
import { alertRules } from './alert-rules.ts';

/** A real Prometheus that scrapes every node with metrics each second and evaluates the alert rules. */
export function prometheus(zone: string, scraped: readonly NodeDefinition[]): NodeDefinition {
  return {
    name: `prometheus.${zone}`,
    tier: 'monitoring',
    host: `prometheus-host.${zone}`,
    zone,
    ports: { api: 'http' },
    readiness: { kind: 'http', port: 'api', path: '/-/ready' },
    program: (wiring) => ({
      executable: wiring.executable('prometheus'),
      arguments: [
        `--config.file=${wiring.directory}/prometheus.yml`,
        `--storage.tsdb.path=${wiring.directory}/tsdb`,
        `--web.listen-address=${formatAddress(wiring.listen('api'))}`,
        '--log.level=warn',
      ],
      environment: {},
      files: { 'prometheus.yml': configuration(wiring, scraped), 'alerts.yml': alertRules(scraped) },
    }),
  };
}

/** The scrapes. */
export function prometheusEdges(zone: string, scraped: readonly NodeDefinition[]): Edge[] {
  return scraped.flatMap(({ name, metrics }) =>
    metrics === undefined ? [] : [{ from: `prometheus.${zone}`, to: name, port: metrics.port, plane: 'telemetry' }],
  );
}

function configuration(wiring: Wiring, scraped: readonly NodeDefinition[]): string {
  const jobs = scraped.flatMap((node) => {
    const { name, zone, tier, metrics } = node;
    if (metrics === undefined) return [];
    const start = startsWithTarget(node) ? '' : ", start: 'request'";
    return [
      `      - targets: ['${formatAddress(wiring.to(name, metrics.port))}']
        labels: { instance: '${name}', zone: '${zone}', tier: '${tier}'${start}, __metrics_path__: '${metrics.path}' }`,
    ];
  });
  return `global:
  scrape_interval: 1s
  scrape_timeout: 900ms
  evaluation_interval: 1s
rule_files: [alerts.yml]
scrape_configs:
  - job_name: target
    static_configs:
${jobs.join('\n')}
`;
}
