import type { AttestationProbe, FaultAction, FaultRecord } from '../../fault.ts';
import type { Operation } from '../../operation.ts';
import type { PhaseRecord } from '../../phase.ts';
import type { LedgerEntry, LedgerReadBack, RunManifest, RunRecord } from '../../run-record.ts';
import { RUN_RECORD_VERSION } from '../../run-record.ts';
import type { AlertRecord, Span, TargetEvent } from '../../telemetry.ts';
import { edgeName, type TopologyRecord, zoneOf } from '../../topology.ts';
import { buildOperations, type OperationsOptions, PROMOTION_MS } from './operations-builder.ts';
import {
  FAULT_MS,
  HOLD_FROM_MS,
  LOAD_FROM_MS,
  LOAD_TO_MS,
  RECOVERY_FROM_MS,
  RUN_FROM_MS,
  RUN_TO_MS,
  STEADY_FROM_MS,
  UNDO_MS,
} from './story-times.ts';
import { buildTopology } from './topology-builder.ts';

const LOST_ZONE = 'us-west';

/** A whole record of an outage of us-west that was handled well: every check passes it. Tests then spoil a part. */
export function buildRecord(options: OperationsOptions = {}): RunRecord {
  const operations = buildOperations(options);
  return {
    manifest: buildManifest(operations),
    operations,
    spans: buildSpans(operations),
    metrics: [],
    alerts: buildAlerts(),
    events: buildEvents(),
    ledger: buildLedger(operations),
    gaps: [],
  };
}

/** The client's span of every operation, and a web server's where one answered. */
function buildSpans(operations: readonly Operation[]): Span[] {
  return operations.flatMap((operation) => {
    const { index, traceId, f, region, startMs, endMs, servedBy, outcome } = operation;
    const root: Span = {
      traceId,
      spanId: `root-${index}`,
      name: `op ${f}`,
      kind: 'client',
      startMs,
      endMs: endMs ?? startMs,
      error: outcome !== 'ok',
      service: 'client',
      node: `clients.${region}`,
      zone: 'clients',
      attributes: { 'faultline.outcome': outcome },
    };
    if (servedBy === undefined) return [root];
    const entry: Span = {
      ...root,
      spanId: `entry-${index}`,
      parentSpanId: root.spanId,
      name: 'GET /api/feed',
      kind: 'server',
      service: 'web',
      node: servedBy,
      zone: servedBy.split('.')[1] ?? 'unknown',
      attributes: {},
    };
    return [root, entry];
  });
}

/** Every acknowledged write, found through the API and in both copies. */
function buildLedger(operations: readonly Operation[]): LedgerReadBack {
  const entries = operations.flatMap(({ outcome, writeId, writtenBy, epoch }): LedgerEntry[] =>
    outcome === 'ok' && writeId !== undefined
      ? [{ writeId, present: true, writtenBy: writtenBy ?? 'db.us-west', epoch: epoch ?? 1 }]
      : [],
  );
  const copies = { 'db.us-east': { rows: 1200, digest: 'a1' }, 'db.us-west': { rows: 1200, digest: 'a1' } };
  return {
    readAtMs: LOAD_TO_MS + 2000,
    sources: ['api', 'db.us-east', 'db.us-west'].map((source) => ({
      source,
      found: entries.map((entry) => ({ ...entry })),
    })),
    convergence: { compared: true, tables: ['photos', 'writes'].map((table) => ({ table, copies: { ...copies } })) },
  };
}

function buildEvents(): TargetEvent[] {
  const promotedMs = FAULT_MS + PROMOTION_MS;
  return [
    event(RUN_FROM_MS + 3000, 'db.us-west', 'primary-open', { epoch: 1 }),
    event(RUN_FROM_MS + 4000, 'db.us-west', 'in-sync', { value: true }),
    event(FAULT_MS + 1200, 'geodns.edge', 'datacenter-down', { datacenter: LOST_ZONE }),
    event(FAULT_MS + 4000, 'db.us-east', 'lease-acquired', { epoch: 2 }),
    event(FAULT_MS + 4800, 'db.us-east', 'promoted', { epoch: 2, lsn: '0/5000000' }),
    event(promotedMs - 900, 'db.us-east', 'primary-open', { epoch: 2 }),
    event(UNDO_MS + 1500, 'db.us-west', 'rejoin-started', { method: 'rewind' }),
    event(UNDO_MS + 3500, 'db.us-west', 'standby-streaming', { lsn: '0/6000000' }),
    event(UNDO_MS + 4000, 'db.us-east', 'in-sync', { value: true }),
  ];
}

export function event(atMs: number, node: string, name: string, details: Record<string, unknown> = {}): TargetEvent {
  return { atMs, node, zone: node.split('.')[1] ?? 'unknown', event: name, details };
}

function buildAlerts(): AlertRecord[] {
  const times = { activeAtMs: FAULT_MS + 1800, firedAtMs: FAULT_MS + 2400, resolvedAtMs: FAULT_MS + 22_000 };
  return [{ name: 'WritesBurnBudget', labels: { severity: 'page', slo: 'availability' }, ...times }];
}

function buildManifest(operations: readonly Operation[]): RunManifest {
  const topology = buildTopology();
  return {
    version: RUN_RECORD_VERSION,
    runId: '20260115-120000-dc-outage-0000',
    experiment: {
      name: 'dc-outage',
      title: 'When a datacenter loses power, the other serves everyone',
      description: 'Cuts the power of one datacenter.',
    },
    target: { name: topology.name, title: topology.title, mutant: null },
    driver: 'process',
    seed: 7,
    parameters: { zone: LOST_ZONE },
    load: {
      ratePerSecond: 60,
      arrivals: 'constant',
      regions: { 'us-east': 0.5, 'us-west': 0.5 },
      clients: { web: 0, mobile: 1 },
      usersPerRegion: 20,
      inFlightMax: 400,
    },
    phaseLengths: { warmUpMs: 5000, steadyStateMs: 15_000, holdMs: 40_000, recoveryMs: 12_000, drainMs: 2000 },
    objectives: {
      availability: 0.99,
      availabilityAfterFailover: 0.99,
      latencyP99Ms: 1000,
      rtoReadsMs: 10_000,
      rtoWritesMs: 20_000,
      rpoWrites: 0,
      telemetryCompleteness: 0.95,
      redirectMs: 10_000,
    },
    isolatedZone: LOST_ZONE,
    topology,
    startedAtMs: RUN_FROM_MS,
    finishedAtMs: RUN_TO_MS,
    phases: buildPhases(),
    faults: [buildOutage(topology)],
    canary: ['operations', 'traces', 'metrics'].map((pipeline) => ({ pipeline, seen: true, detail: 'it arrived' })),
    roles: [
      { atMs: FAULT_MS - 100, node: 'db.us-west', role: 'primary', epoch: 1 },
      { atMs: FAULT_MS - 100, node: 'db.us-east', role: 'standby', epoch: 1 },
      { atMs: UNDO_MS - 100, node: 'db.us-west', role: 'unreachable', epoch: null },
      { atMs: UNDO_MS - 100, node: 'db.us-east', role: 'primary', epoch: 2 },
      { atMs: LOAD_TO_MS - 100, node: 'db.us-west', role: 'standby', epoch: 2 },
      { atMs: LOAD_TO_MS - 100, node: 'db.us-east', role: 'primary', epoch: 2 },
    ],
    networkCapabilities: null,
    harness: {
      generator: {
        scheduled: operations.length,
        dropped: 0,
        lagP50Ms: 0.4,
        lagP99Ms: 2.5,
        lagMaxMs: 9,
        cpuSeconds: 11,
        peakMemoryBytes: 150e6,
      },
      toxiproxy: { cpuSeconds: 5, peakMemoryBytes: 90e6 },
      receiver: { requests: 900, spans: 9000, refused: 0, refusals: {}, peakMemoryBytes: 110e6, cpuSeconds: 2 },
      runner: { cpuSeconds: 3, peakMemoryBytes: 120e6 },
      nodes: {},
      bringUpMs: 7000,
    },
    environment: { node: 'v24.0.0' },
    ending: null,
    blastRadius: { users: 1, operations: 0.6 },
    stopConditions: [{ condition: 'free-disk < 100', samples: 200, blind: 0, worst: 70_000 }],
    reproduce: 'npm run experiment dc-outage -- --seed 7',
  };
}

function buildPhases(): PhaseRecord[] {
  const phase = (name: PhaseRecord['phase'], startedAtMs: number, endedAtMs: number): PhaseRecord => ({
    phase: name,
    startedAtMs,
    endedAtMs,
  });
  return [
    phase('bring-up', RUN_FROM_MS, RUN_FROM_MS + 7000),
    phase('canary', RUN_FROM_MS + 7000, LOAD_FROM_MS),
    phase('warm-up', LOAD_FROM_MS, STEADY_FROM_MS),
    phase('steady-state', STEADY_FROM_MS, FAULT_MS - 10),
    phase('inject', FAULT_MS - 10, HOLD_FROM_MS),
    phase('hold', HOLD_FROM_MS, UNDO_MS),
    phase('undo', UNDO_MS, RECOVERY_FROM_MS),
    phase('recovery', RECOVERY_FROM_MS, LOAD_TO_MS),
    phase('drain', LOAD_TO_MS, LOAD_TO_MS + 3000),
    phase('tear-down', LOAD_TO_MS + 3000, RUN_TO_MS),
  ];
}

/** Edges first, all within 8 ms, then the nodes 12 ms after the first of them. */
function buildOutage(topology: TopologyRecord): FaultRecord {
  const nodes = topology.nodes.filter(({ zone }) => zone === LOST_ZONE).map(({ name }) => name);
  const edges = topology.edges
    .filter(({ from, to }) => zoneOf(topology, from) === LOST_ZONE || zoneOf(topology, to) === LOST_ZONE)
    .map(edgeName);
  const all = (what: FaultAction['what'], subjects: string[], atMs: number): FaultAction[] =>
    subjects.map((subject, index) => ({ atMs: atMs + Math.min(index, 8), what, subject }));
  const probes = (atMs: number): AttestationProbe[] =>
    [...edges, ...nodes].map((subject) => ({
      subject,
      expectation: 'as it should be',
      observed: 'as it should be',
      status: 'confirmed',
      atMs,
      durationMs: 20,
    }));
  return {
    kind: 'zone-outage',
    title: `Power loss of ${LOST_ZONE}`,
    parameters: { zone: LOST_ZONE },
    scope: { nodes, edges },
    actions: [...all('cut', edges, FAULT_MS), ...all('killed', nodes, FAULT_MS + 12)],
    undoActions: [...all('restored', edges, UNDO_MS), ...all('started', nodes, UNDO_MS + 20)],
    startMs: 0,
    durationMs: null,
    injectedFromMs: FAULT_MS,
    injectedUntilMs: FAULT_MS + 12 + nodes.length - 1,
    undoneFromMs: UNDO_MS,
    undoneUntilMs: UNDO_MS + 20 + nodes.length - 1,
    testimony: null,
    attestation: { before: probes(FAULT_MS - 50), injected: probes(FAULT_MS + 1100), undone: probes(UNDO_MS + 5000) },
  };
}
