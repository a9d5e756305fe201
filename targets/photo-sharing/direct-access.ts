import pg from 'pg';
import type { RunningTarget } from '../../harness/model/running-target.ts';
import type { Tier } from '../../harness/model/topology.ts';
import { admission } from './parts/admission.ts';

/** For what is asked of a node directly, without the load balancers and proxies. */
export const REQUEST_TIMEOUT_MS = 3000;

export function nodesOf(running: RunningTarget, tier: Tier): string[] {
  return running.topology.nodes.filter((node) => node.tier === tier).map(({ name }) => name);
}

/** The nodes that users meet of the site itself: load balancers, or a web server where there is none. */
export function entriesOf(running: RunningTarget): string[] {
  const { topology } = running;
  const clients = topology.endpoints.filter(({ tier }) => tier === 'clients').map(({ name }) => name);
  const edges = nodesOf(running, 'cdn');
  const entries = topology.edges.filter(
    ({ from, to, port }) => clients.includes(from) && port === 'http' && !edges.includes(to),
  );
  return [...new Set(entries.map(({ to }) => to))];
}

/** The first value of the first row, as text. */
export async function scalar(running: RunningTarget, node: string, sql: string): Promise<string | null> {
  return await withDatabase(running, node, async (client) => {
    const { rows } = await client.query<Record<string, unknown>>(sql);
    const value = Object.values(rows[0] ?? {})[0];
    return value === null || value === undefined ? null : String(value);
  });
}

/** Directly at the node, as its superuser. */
export async function withDatabase<T>(
  running: RunningTarget,
  node: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const { host, port } = running.addressOf(node, 'sql');
  const client = new pg.Client({
    host,
    port,
    user: 'postgres',
    password: admission(running),
    database: 'photos',
    connectionTimeoutMillis: REQUEST_TIMEOUT_MS,
    query_timeout: 30_000,
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
