import { Gauge, Registry } from 'prom-client';
import { monotonicMs } from './monotonic.ts';
import type { NodeState } from './node-state.ts';

/** The agent's own metrics, read from its state when Prometheus asks. */
export interface AgentMetrics {
  contentType: string;
  text(): Promise<string>;
}

export function createMetrics(state: NodeState): AgentMetrics {
  const registry = new Registry();
  const { node, zone } = state.settings;
  registry.setDefaultLabels({ node, zone });
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(value());
      },
    });
  gauge('database_replication_lag_seconds', 'Upper limit of how old reads here may be', () => state.lagMs / 1000);
  gauge('database_primary', '1 when writes are served here', () => Number(state.servesAsPrimary));
  gauge('database_streaming', '1 when this node is a standby that is being fed', () => Number(state.streaming));
  gauge('database_epoch', 'Epoch of the lease, as last seen', () => state.epoch);
  gauge('database_in_sync', '1 when the lease record says that the standby has every commit', () =>
    Number(state.inSync),
  );
  gauge('database_failsafe', "1 when only the standby's promise allows to serve", () => Number(state.failsafe));
  gauge('database_lease_age_seconds', 'Time since the lease record was last seen to change', () => {
    const { changedAt } = state.lease;
    return changedAt === undefined ? Number.NaN : (monotonicMs() - changedAt) / 1000;
  });
  new Gauge({
    name: 'database_role',
    help: '1 for what the node is doing',
    labelNames: ['role'],
    registers: [registry],
    collect() {
      this.reset();
      this.set({ role: state.role }, 1);
    },
  });
  return { contentType: registry.contentType, text: () => registry.metrics() };
}
