import { messageOf } from '../../harness/base/errors.ts';
import { pollUntil } from '../../harness/base/poll.ts';
import type { TargetProbes } from '../../harness/model/experiment.ts';
import type { LedgerEntry, LedgerReadBack, LedgerSource, TableComparison } from '../../harness/model/run-record.ts';
import type { RunningTarget } from '../../harness/model/running-target.ts';
import { formatAddress, startsWithTarget } from '../../harness/model/topology.ts';
import { entriesOf, nodesOf, REQUEST_TIMEOUT_MS, scalar, withDatabase } from './direct-access.ts';
import { photoSharingMeasures } from './measures.ts';
import { findWrites } from './services/web/ledger.ts';

const TABLES = ['users', 'sessions', 'photos', 'likes', 'follows', 'writes'];
/** Longer than this and a batch of ids would not fit in a request line that HAProxy accepts. */
const IDS_PER_REQUEST = 100;
const IDS_PER_QUERY = 5000;
const CATCH_UP_TIMEOUT_MS = 10_000;

/** What only the photo site knows how to ask of itself. */
export const photoSharingProbes: TargetProbes = {
  ...photoSharingMeasures,

  async findWrites(running, writeIds) {
    const found = await readThroughApi(running, writeIds).catch(() => null);
    return found && new Set(found.filter(({ present }) => present).map(({ writeId }) => writeId));
  },

  async readBack(running, writeIds) {
    const databases = nodesOf(running, 'database');
    const sources = await Promise.all([
      source('api', () => readThroughApi(running, writeIds)),
      ...databases.map((node) => source(node, () => readFromDatabase(running, node, writeIds))),
    ]);
    return { readAtMs: Date.now(), sources, convergence: await compareCopies(running, databases) };
  },

  async roles(running) {
    const states = await Promise.all(nodesOf(running, 'database').map((node) => agentState(running, node)));
    return states.map(({ node, role, epoch }) => ({ atMs: Date.now(), node, role, epoch }));
  },

  async whole(running) {
    const { nodes } = running.topology;
    const statuses = await Promise.all(nodes.map(({ name }) => running.status(name)));
    const runs = nodes.map((_, index) => statuses[index]!.state === 'running');
    const missing = nodes.filter((node, index) => startsWithTarget(node) && !runs[index]);
    if (missing.length > 0) return { whole: false, seen: `${missing.map(({ name }) => name).join(', ')} not running` };
    const added = nodes.filter((node, index) => !startsWithTarget(node) && runs[index]);
    // Where nobody scales, they stay for as long as whoever asked for them wants them to.
    if (added.length > 0 && nodesOf(running, 'scaling').length > 0)
      return { whole: false, seen: `${added.map(({ name }) => name).join(', ')} still running` };
    const states = await Promise.all(nodesOf(running, 'database').map((node) => agentState(running, node)));
    const seen = states.map(({ node, role, ready }) => `${node} is ${role}${ready ? '' : ', not ready'}`).join('; ');
    const primaries = states.filter(({ role }) => role === 'primary');
    return { whole: primaries.length === 1 && states.every(({ ready }) => ready), seen };
  },
};

async function source(name: string, read: () => Promise<LedgerEntry[]>): Promise<LedgerSource> {
  try {
    return { source: name, found: await read() };
  } catch (thrown) {
    return { source: name, found: null, problem: messageOf(thrown) };
  }
}

/** Through whichever entry answers, as a client would see it. */
async function readThroughApi(running: RunningTarget, writeIds: readonly string[]): Promise<LedgerEntry[]> {
  const entries = entriesOf(running).map((node) => formatAddress(running.addressOf(node, 'http')));
  const found: LedgerEntry[] = [];
  for (let start = 0; start < writeIds.length; start += IDS_PER_REQUEST) {
    const path = `/api/writes?read=primary&ids=${writeIds
      .slice(start, start + IDS_PER_REQUEST)
      .map(encodeURIComponent)
      .join(',')}`;
    const { writes } = await firstAnswer<{ writes: LedgerEntry[] }>(entries, path);
    found.push(...writes.map(ledgerEntry));
  }
  return found;
}

async function firstAnswer<T>(hosts: readonly string[], path: string): Promise<T> {
  const problems: string[] = [];
  for (const host of hosts) {
    try {
      const response = await fetch(`http://${host}${path}`, { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
      if (response.ok) return (await response.json()) as T;
      problems.push(`${host} answered ${response.status} ${await response.text()}`);
    } catch (thrown) {
      problems.push(`${host}: ${messageOf(thrown)}`);
    }
  }
  throw new Error(problems.join('; '));
}

async function readFromDatabase(
  running: RunningTarget,
  node: string,
  writeIds: readonly string[],
): Promise<LedgerEntry[]> {
  return await withDatabase(running, node, async (client) => {
    const found: LedgerEntry[] = [];
    for (let start = 0; start < writeIds.length; start += IDS_PER_QUERY) {
      const query: Parameters<typeof findWrites>[0] = (text, values) => client.query(text, values ? [...values] : []);
      found.push(...(await findWrites(query, writeIds.slice(start, start + IDS_PER_QUERY))).map(ledgerEntry));
    }
    return found;
  });
}

const ledgerEntry = ({ writeId, present, writtenBy, epoch }: LedgerEntry): LedgerEntry => ({
  writeId,
  present,
  writtenBy,
  epoch,
});

/** Counts and digests every table in every copy, once the standby has replayed what the primary had. */
async function compareCopies(
  running: RunningTarget,
  databases: readonly string[],
): Promise<LedgerReadBack['convergence']> {
  try {
    await awaitReplay(running, databases);
    const copies = await Promise.all(databases.map((node) => digestTables(running, node)));
    const tables = TABLES.map((table): TableComparison => {
      const perNode = databases.map((node, index) => [node, copies[index]![table]!] as const);
      return { table, copies: Object.fromEntries(perNode) };
    });
    return { compared: true, tables };
  } catch (thrown) {
    return { compared: false, tables: [], problem: messageOf(thrown) };
  }
}

async function awaitReplay(running: RunningTarget, databases: readonly string[]): Promise<void> {
  const positions = await Promise.all(
    databases.map((node) =>
      scalar(running, node, 'SELECT CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_current_wal_lsn()::text END'),
    ),
  );
  const written = positions.find((position) => position !== null);
  if (written === undefined) throw new Error(`none of ${databases.join(', ')} is a primary`);
  const behind = databases.filter((_, index) => positions[index] === null);
  await Promise.all(
    behind.map((node) =>
      pollUntil(
        async () => {
          const seen = await scalar(running, node, `SELECT pg_last_wal_replay_lsn() >= '${written}'::pg_lsn`);
          return seen === 'true' ? { done: true, value: undefined } : { done: false, seen: `replayed: ${seen}` };
        },
        { subject: `${node} to replay up to ${written}`, timeoutMs: CATCH_UP_TIMEOUT_MS, intervalMs: 100 },
      ),
    ),
  );
}

async function digestTables(running: RunningTarget, node: string): Promise<TableComparison['copies']> {
  return await withDatabase(running, node, async (client) => {
    const digests: TableComparison['copies'] = {};
    for (const table of TABLES) {
      const { rows } = await client.query<{ rows: number; digest: string }>(
        `SELECT count(*)::int AS rows, coalesce(md5(string_agg(row, '' ORDER BY row)), '') AS digest
         FROM (SELECT md5(t::text) AS row FROM ${table} t) AS rows`,
      );
      digests[table] = rows[0]!;
    }
    return digests;
  });
}

interface AgentState {
  node: string;
  role: string;
  epoch: number | null;
  ready: boolean;
}

/** An agent that does not answer has the role `unreachable`: an observation, not an error. */
async function agentState(running: RunningTarget, node: string): Promise<AgentState> {
  const url = `http://${formatAddress(running.addressOf(node, 'agent'))}/state`;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
    const { role, epoch, ready } = (await response.json()) as Partial<AgentState>;
    return { node, role: role ?? 'unknown', epoch: epoch ?? null, ready: ready ?? false };
  } catch {
    return { node, role: 'unreachable', epoch: null, ready: false };
  }
}
