import { type Random, seededRandom } from '../../base/random.ts';
import { handledWell, type Planned } from '../../model/analysis/test-builders/operations-builder.ts';
import { buildRecord } from '../../model/analysis/test-builders/record-builder.ts';
import { FAULT_MS, LOAD_FROM_MS, LOAD_TO_MS, UNDO_MS } from '../../model/analysis/test-builders/story-times.ts';
import type { Operation } from '../../model/operation.ts';
import type { RunRecord } from '../../model/run-record.ts';
import type { MetricSeries, Span } from '../../model/telemetry.ts';
import { outageIn, stageSevenTopology } from './stage-seven.ts';

const READS = ['view-feed', 'view-photo', 'view-profile'];
const WRITES = ['post-photo', 'like-photo', 'follow-user'];

/**
 * The outage of us-west as it looks in a real run: 150 operations a second with latencies that scatter, traces down to
 * the database, replication lag, alerts and the resources of every node. The same each time.
 */
export function outageRecord({ operations: wanted }: { operations?: number } = {}): RunRecord {
  const random = seededRandom('report');
  const ratePerSecond = wanted === undefined ? 150 : (wanted * 1000) / (LOAD_TO_MS - LOAD_FROM_MS);
  const record = buildRecord({ ratePerSecond, behaviour: (planned) => scattered(planned, random) });
  const topology = stageSevenTopology();
  const { manifest, operations } = record;
  return {
    ...record,
    manifest: {
      ...manifest,
      topology,
      target: { name: topology.name, title: topology.title, mutant: null },
      parameters: { zone: 'us-west', durability: 'sync', shareEast: 50 },
      load: { ...manifest.load, ratePerSecond, arrivals: 'poisson', clients: { web: 0.4, mobile: 0.6 } },
      faults: manifest.faults.map((fault) => outageIn(topology, 'us-west', fault)),
      harness: {
        ...manifest.harness,
        nodes: resourcesOf(
          topology.nodes.map(({ name }) => name),
          random,
        ),
      },
      environment: {
        node: 'v24.21.0',
        platform: 'linux x64, 2 processors, 8 GB',
        postgresql: '15.13',
        nats: '2.9.10',
        haproxy: '2.6.12',
      },
      reproduce: 'npm run experiment dc-outage -- --seed 7 --set zone=us-west --set durability=sync',
    },
    spans: operations.flatMap((operation) => traceOf(operation, random)),
    metrics: [lagOf('db.us-east', random), lagOf('db.us-west', random)],
    alerts: [
      alert(
        'DatacenterUnreachable',
        { instance: 'geodns.edge', datacenter: 'us-west', severity: 'page' },
        1900,
        2400,
        43_000,
      ),
      alert('WritesBurnBudget', { severity: 'page', slo: 'availability' }, 2600, 3100, 22_000),
      alert('TargetDown', { instance: 'db.us-west', severity: 'ticket' }, 1000, 4200, 44_500),
      alert('TargetDown', { instance: 'lb.us-west', severity: 'ticket' }, 1000, 4200, 43_500),
    ],
  };
}

function scattered(planned: Planned, random: Random): Partial<Operation> {
  const seen = handledWell(planned);
  const f = random.pick(planned.class === 'read' ? READS : WRITES);
  const client = random.next() < 0.4 ? ('web' as const) : ('mobile' as const);
  if (seen.outcome !== undefined) return { f, client, ...seen };
  const remoteMs = seen.datacenter === planned.region ? 0 : 30;
  const slow = random.next() < 0.015 ? 180 * random.next() : 0;
  const disturbed = planned.afterFaultMs > 0 && planned.afterFaultMs < 9000 ? 120 * random.next() ** 3 : 0;
  const baseMs = (planned.class === 'write' ? 14 : 5) - Math.log(1 - random.next()) * 7;
  return { f, client, endMs: planned.intendedMs + baseMs + remoteMs + slow + disturbed, ...seen };
}

/** Client, load balancer's web server, cache, database: as far as the operation came. */
function traceOf(operation: Operation, random: Random): Span[] {
  const { index, traceId, f, region, startMs, endMs, servedBy, outcome, error } = operation;
  const untilMs = endMs ?? startMs + 2000;
  const make = (part: string, values: Partial<Span>): Span => ({
    traceId,
    spanId: `${part}-${index}`,
    name: part,
    kind: 'client',
    startMs,
    endMs: untilMs,
    error: outcome !== 'ok',
    service: 'web',
    node: servedBy ?? 'unknown',
    zone: servedBy?.split('.')[1] ?? 'unknown',
    attributes: {},
    ...values,
  });
  const message = error === undefined ? {} : { statusMessage: error };
  const root = make('root', {
    name: `op ${f}`,
    service: 'client',
    node: `clients.${region}`,
    zone: 'clients',
    ...message,
  });
  if (servedBy === undefined) return [root];
  const lengthMs = untilMs - startMs;
  const at = (share: number) => startMs + lengthMs * share;
  const database = operation.writtenBy ?? operation.readFrom;
  return [
    root,
    make('entry', {
      parentSpanId: root.spanId,
      name: `${operation.class === 'write' ? 'POST' : 'GET'} /api/${f}`,
      kind: 'server',
      startMs: at(0.08),
      endMs: at(0.97),
    }),
    make('cache', {
      parentSpanId: `entry-${index}`,
      name: 'redis GET session',
      startMs: at(0.12),
      endMs: at(0.15 + random.next() * 0.05),
      error: false,
    }),
    ...(database === undefined
      ? []
      : [
          make('sql', {
            parentSpanId: `entry-${index}`,
            name: operation.class === 'write' ? 'pg.query:INSERT photos' : 'pg.query:SELECT photos',
            startMs: at(0.3),
            endMs: at(0.9),
          }),
        ]),
  ];
}

function lagOf(instance: string, random: Random): MetricSeries {
  const samples: [number, number][] = [];
  for (let atMs = LOAD_FROM_MS; atMs < LOAD_TO_MS; atMs += 1000) {
    const isDown = instance === 'db.us-west' && atMs > FAULT_MS && atMs < UNDO_MS + 3000;
    const catchesUp = instance === 'db.us-west' && atMs >= UNDO_MS + 3000 && atMs < UNDO_MS + 7000;
    if (!isDown) samples.push([atMs, catchesUp ? (UNDO_MS + 7000 - atMs) / 4000 : 0.004 + random.next() * 0.01]);
  }
  return { name: 'database_replication_lag_seconds', labels: { instance }, samples };
}

function resourcesOf(nodes: readonly string[], random: Random): RunRecord['manifest']['harness']['nodes'] {
  return Object.fromEntries(
    nodes.map((name) => [
      name,
      {
        cpuSeconds: 1 + random.next() * 9,
        memoryBytes: random.integer(9, 160) * 1e6,
        readBytes: 0,
        writtenBytes: random.integer(0, 40) * 1e6,
      },
    ]),
  );
}

function alert(name: string, labels: Record<string, string>, activeMs: number, firedMs: number, resolvedMs: number) {
  return {
    name,
    labels,
    activeAtMs: FAULT_MS + activeMs,
    firedAtMs: FAULT_MS + firedMs,
    resolvedAtMs: FAULT_MS + resolvedMs,
  };
}
