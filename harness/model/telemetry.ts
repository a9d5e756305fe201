/** What the target said of itself. Times are epoch milliseconds with fractions. */

export interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  startMs: number;
  endMs: number;
  error: boolean;
  statusMessage?: string;
  /** Resource: service.name, service.instance.id, cloud.availability_zone. */
  service: string;
  node: string;
  zone: string;
  attributes: Record<string, string | number | boolean>;
}

/** One Prometheus series over the run. */
export interface MetricSeries {
  name: string;
  labels: Record<string, string>;
  /** [epoch ms, value] in order of time. */
  samples: [number, number][];
}

/** A firing of an alert as Prometheus reports it. */
export interface AlertRecord {
  name: string;
  labels: Record<string, string>;
  /** When the condition became true, by Prometheus. */
  activeAtMs: number;
  /** When the harness first saw it firing; at most one poll late. */
  firedAtMs: number | null;
  resolvedAtMs: number | null;
}

/** A log line of a node that has an `event` field: the target's own account of a failover. */
export interface TargetEvent {
  atMs: number;
  node: string;
  zone: string;
  event: string;
  details: Record<string, unknown>;
}

/** Counters of the OTLP receiver. */
export interface ReceiverStatistics {
  requests: number;
  spans: number;
  refused: number;
  /** Reasons of refusal, counted. */
  refusals: Record<string, number>;
  peakMemoryBytes: number;
  cpuSeconds: number;
}
