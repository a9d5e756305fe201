import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { freePorts } from '../../testing/free-ports.ts';
import type { AgentState } from '../peer.ts';
import { pollUntil } from '../poll.ts';
import { postgresProcesses, recordedPostmaster, signalAll } from '../processes.ts';
import type { Role } from '../settings.ts';
import { Forwarder } from './forwarder.ts';
import { PROGRAMS, type PreparedData } from './prepared-data.ts';
import { processTree } from './process-tree.ts';

export type Zone = 'us-east' | 'us-west';
type CoordinatorZone = Zone | 'witness';

/** One line of an agent's log that belongs to the failover timeline. */
interface AgentEvent {
  time: number;
  event: string;
  [detail: string]: unknown;
}

interface ClusterOptions {
  /** Left out: the nodes begin with nothing. */
  data?: PreparedData | undefined;
  durability?: 'sync' | 'async';
  mutant?: string;
  /** The holder may be away for longer than the standard lease time: a node takes its time to start on a busy machine. */
  longLease?: boolean;
}

const ZONES: readonly Zone[] = ['us-west', 'us-east'];
const ROLES: Readonly<Record<Zone, Role>> = { 'us-west': 'primary', 'us-east': 'standby' };
const COORDINATOR_ZONES: readonly CoordinatorZone[] = ['us-east', 'us-west', 'witness'];
const SERVICES = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Two real databases with their agents and three real coordinators on loopback; every connection between two nodes goes
 * through a forwarder of its own, which can be cut. The primary starts in us-west.
 */
export class TestCluster {
  readonly #root: string;
  readonly #options: ClusterOptions;
  readonly #ports: Record<string, number>;
  readonly #edges = new Map<string, Forwarder>();
  readonly #processes = new Map<string, ChildProcess>();

  private constructor(root: string, options: ClusterOptions, ports: Record<string, number>) {
    this.#root = root;
    this.#options = options;
    this.#ports = ports;
  }

  /** Resolves when the primary is open and, with synchronous durability, the standby is recorded as in sync. */
  static async start(options: ClusterOptions = {}): Promise<TestCluster> {
    const root = await mkdtemp(join(tmpdir(), 'database-agent-'));
    // PostgreSQL runs as another user when the tests run as root.
    await chmod(root, 0o755);
    const names = [
      ...COORDINATOR_ZONES.flatMap((zone) => [`nats.${zone}`, `route.${zone}`]),
      ...ZONES.flatMap((zone) => [`sql.${zone}`, `agent.${zone}`]),
    ];
    const cluster = new TestCluster(root, options, await freePorts(names));
    try {
      await cluster.#openEdges();
      for (const zone of COORDINATOR_ZONES) await cluster.startCoordinator(zone);
      await Promise.all(ZONES.map((zone) => options.data?.place(cluster.#directory(zone), ROLES[zone])));
      for (const zone of ZONES) await cluster.startDatabase(zone);
      for (const zone of ZONES) await cluster.ready(zone);
      return cluster;
    } catch (error) {
      const diagnosis = await cluster.diagnosis();
      await cluster.stop();
      throw new Error(`The test's cluster did not start:\n${diagnosis}`, { cause: error });
    }
  }

  /** The folder with the agents' logs, one file a node. */
  get logs(): string {
    return this.#root;
  }

  async stop(): Promise<void> {
    for (const process of this.#processes.values()) signalAll(processTree(process.pid ?? 0), 'SIGKILL');
    for (const zone of ZONES) await this.#endSessions(zone);
    for (const edge of this.#edges.values()) edge.close();
    await rm(this.#root, { recursive: true, force: true, maxRetries: 10 });
  }

  async startCoordinator(zone: CoordinatorZone): Promise<void> {
    const directory = join(this.#root, `coordinator-${zone}`);
    await mkdir(directory, { recursive: true });
    const routes = COORDINATOR_ZONES.filter((other) => other !== zone).map(
      (other) => `"nats-route://127.0.0.1:${this.#edge(`coordinator.${zone}->route.${other}`).port}"`,
    );
    await writeFile(
      join(directory, 'nats.conf'),
      `server_name: "coordinator.${zone}"
listen: "127.0.0.1:${this.#port(`nats.${zone}`)}"
ping_interval: "1s"
ping_max: 2
write_deadline: "2s"
jetstream { store_dir: "${directory}/jetstream", max_memory_store: 64MB, max_file_store: 256MB }
cluster {
  name: coordination
  listen: "127.0.0.1:${this.#port(`route.${zone}`)}"
  no_advertise: true
  advertise: "127.0.0.1:1"
  routes: [${routes.join(', ')}]
}
`,
    );
    const path = `${process.env.PATH}:/usr/sbin:/usr/local/sbin`;
    const child = spawn('nats-server', ['--config', join(directory, 'nats.conf')], {
      env: { PATH: path },
      stdio: 'ignore',
    });
    this.#processes.set(`coordinator.${zone}`, child);
  }

  async startDatabase(zone: Zone): Promise<void> {
    const peer = other(zone);
    const { mutant, durability = 'sync', longLease = false } = this.#options;
    const to = (port: string) => `127.0.0.1:${this.#edge(`db.${zone}->${port}`).port}`;
    const nearestFirst = [zone, ...COORDINATOR_ZONES.filter((coordinator) => coordinator !== zone)];
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', join(SERVICES, 'database-agent/main.ts')],
      {
        env: {
          FAULTLINE_NODE: `db.${zone}`,
          FAULTLINE_ZONE: zone,
          FAULTLINE_RUN: 'test',
          ...(mutant === undefined ? {} : { FAULTLINE_MUTANT: mutant }),
          ...(longLease ? { LEASE_MS: '40000', LEASE_STEP_DOWN_MS: '30000' } : {}),
          DATABASE_DIRECTORY: this.#directory(zone),
          DATABASE_LISTEN: `127.0.0.1:${this.#port(`sql.${zone}`)}`,
          AGENT_LISTEN: `127.0.0.1:${this.#port(`agent.${zone}`)}`,
          DATABASE_INITIAL_ROLE: ROLES[zone],
          DATABASE_DURABILITY: durability,
          DATABASE_PEER: `db.${peer}`,
          PEER_SQL: to(`sql.${peer}`),
          PEER_AGENT: to(`agent.${peer}`),
          COORDINATORS: nearestFirst.map((coordinator) => to(`nats.${coordinator}`)).join(','),
          DATABASE_SCHEMA: join(SERVICES, 'web/schema.sql'),
          POSTGRES_BIN: PROGRAMS,
          LOG_LEVEL: 'debug',
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const keep = (chunk: Buffer) => void writeFile(this.#logPath(zone), chunk, { flag: 'a' }).catch(() => undefined);
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    this.#processes.set(`db.${zone}`, child);
  }

  async ready(zone: Zone): Promise<AgentState> {
    return await this.until(zone, 'to be ready', (state) => state.ready);
  }

  /** Waits for a state of one agent and returns it. */
  async until(zone: Zone, what: string, holds: (state: AgentState) => boolean): Promise<AgentState> {
    let last: AgentState | undefined;
    await pollUntil(
      async () => {
        last = await this.state(zone);
        return holds(last);
      },
      { subject: `db.${zone} ${what}`, timeoutMs: 60_000, intervalMs: 50 },
    ).catch((error: unknown) => {
      throw new Error(`${error instanceof Error ? error.message : error}; last seen: ${JSON.stringify(last)}`);
    });
    if (last === undefined) throw new Error(`No state of db.${zone} was seen`);
    return last;
  }

  async state(zone: Zone): Promise<AgentState> {
    const response = await fetch(`${this.#agent(zone)}/state`, { signal: AbortSignal.timeout(1000) });
    return (await response.json()) as AgentState;
  }

  /** The status of a health endpoint; 0 when the agent does not answer. */
  async health(zone: Zone, path: string): Promise<number> {
    return await fetch(`${this.#agent(zone)}${path}`, { signal: AbortSignal.timeout(500) }).then(
      ({ status }) => status,
      () => 0,
    );
  }

  /** Waits for an event in an agent's log, and returns the first one after `since` (epoch ms). */
  async event(zone: Zone, event: string, since = 0): Promise<AgentEvent> {
    let found: AgentEvent | undefined;
    await pollUntil(
      async () => {
        found = (await this.events(zone)).find((line) => line.event === event && line.time >= since);
        return found !== undefined;
      },
      { subject: `the event ${event} of db.${zone}`, timeoutMs: 60_000, intervalMs: 50 },
    );
    if (found === undefined) throw new Error(`No event ${event}`);
    return found;
  }

  async events(zone: Zone): Promise<AgentEvent[]> {
    const lines = (await readFile(this.#logPath(zone), 'utf8')).split('\n').filter((line) => line.startsWith('{'));
    return lines.flatMap((line) => {
      const value = JSON.parse(line) as AgentEvent;
      return typeof value.event === 'string' ? [value] : [];
    });
  }

  /** A session of the application, directly at one database. */
  async session(zone: Zone, user = 'photos'): Promise<pg.Client> {
    const client = new pg.Client({
      host: '127.0.0.1',
      port: this.#port(`sql.${zone}`),
      user,
      database: 'photos',
      connectionTimeoutMillis: 1000,
    });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  /** Loss of power: nothing of the node gets to say goodbye. */
  async killDatabase(zone: Zone): Promise<void> {
    this.signalNode(`db.${zone}`, 'SIGKILL');
    await this.#endSessions(zone);
  }

  /** PostgreSQL dies under its agent; with `forGood`, what is on its disk cannot be started again. */
  async crashPostgres(zone: Zone, { forGood = false } = {}): Promise<void> {
    const cluster = join(this.#directory(zone), 'cluster');
    const postmaster = recordedPostmaster(cluster);
    if (postmaster === undefined) throw new Error(`No PostgreSQL of db.${zone}`);
    if (forGood) await rm(join(cluster, 'global', 'pg_control'));
    process.kill(postmaster, 'SIGKILL');
  }

  killCoordinator(zone: CoordinatorZone): void {
    this.signalNode(`coordinator.${zone}`, 'SIGKILL');
  }

  signalNode(node: string, signal: NodeJS.Signals): void {
    signalAll(processTree(this.pid(node)), signal);
  }

  pid(node: string): number {
    const pid = this.#processes.get(node)?.pid;
    if (pid === undefined) throw new Error(`No process of ${node}`);
    return pid;
  }

  /** Every edge to and from the database and the coordinator of a zone. */
  edgesOf(zone: Zone): Forwarder[] {
    const inside = (end: string) => end.endsWith(`.${zone}`);
    return [...this.#edges].flatMap(([name, edge]) => {
      const [from = '', to = ''] = name.split('->');
      return inside(from) !== inside(to) ? [edge] : [];
    });
  }

  /** What a failed test prints: the agents' logs, and what each PostgreSQL waits for. */
  async diagnosis(): Promise<string> {
    const parts = ZONES.map(async (zone) => {
      const log = await readFile(this.#logPath(zone), 'utf8').catch(() => 'no log');
      return `--- db.${zone}\n${log}\n${await this.#activity(zone).catch(String)}`;
    });
    return (await Promise.all(parts)).join('\n');
  }

  async #activity(zone: Zone): Promise<string> {
    const session = await this.session(zone, 'postgres');
    const { rows } = await session.query(
      'SELECT usename, application_name, state, wait_event_type, wait_event, left(query, 60) AS query, backend_type FROM pg_stat_activity',
    );
    const standbys = await session.query('SELECT * FROM pg_stat_replication');
    await session.end();
    return [...rows, ...standbys.rows].map((row) => JSON.stringify(row)).join('\n');
  }

  async #openEdges(): Promise<void> {
    const open = async (from: string, to: string) =>
      void this.#edges.set(`${from}->${to}`, await Forwarder.open(this.#port(to)));
    for (const zone of ZONES) {
      await open(`db.${zone}`, `sql.${other(zone)}`);
      await open(`db.${zone}`, `agent.${other(zone)}`);
      for (const coordinator of COORDINATOR_ZONES) await open(`db.${zone}`, `nats.${coordinator}`);
    }
    for (const zone of COORDINATOR_ZONES) {
      for (const peer of COORDINATOR_ZONES) if (peer !== zone) await open(`coordinator.${zone}`, `route.${peer}`);
    }
  }

  async #endSessions(zone: Zone): Promise<void> {
    const cluster = join(this.#directory(zone), 'cluster');
    await pollUntil(
      () => {
        const left = postgresProcesses(cluster, undefined);
        signalAll(left, 'SIGKILL');
        return left.length === 0;
      },
      { subject: `PostgreSQL of db.${zone} to be gone`, timeoutMs: 5000, intervalMs: 10 },
    );
  }

  #edge(name: string): Forwarder {
    const edge = this.#edges.get(name);
    if (edge === undefined) throw new Error(`No edge ${name}`);
    return edge;
  }

  #port(name: string): number {
    const port = this.#ports[name];
    if (port === undefined) throw new Error(`No port ${name}`);
    return port;
  }

  #agent(zone: Zone): string {
    return `http://127.0.0.1:${this.#port(`agent.${zone}`)}`;
  }

  #directory(zone: Zone): string {
    return join(this.#root, `database-${zone}`);
  }

  #logPath(zone: Zone): string {
    return join(this.#root, `database-${zone}.log`);
  }
}

function other(zone: Zone): Zone {
  return zone === 'us-east' ? 'us-west' : 'us-east';
}
