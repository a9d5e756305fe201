import type { RunningTarget } from '../../harness/model/running-target.ts';
import type { TargetMeasures } from '../../harness/model/target-measures.ts';
import { formatAddress } from '../../harness/model/topology.ts';
import { entriesOf, nodesOf, REQUEST_TIMEOUT_MS, withDatabase } from './direct-access.ts';
import { parsePosition } from './services/database-agent/position.ts';

/** What the load balancers and databases count by themselves. */
export const photoSharingMeasures: TargetMeasures = {
  async requestsCounted(running) {
    const counts = await Promise.all(
      entriesOf(running).map(async (node) => {
        const isBalancer = nodesOf(running, 'load-balancer').includes(node);
        const host = formatAddress(running.addressOf(node, isBalancer ? 'metrics' : 'http'));
        return [node, await (isBalancer ? frontendRequests : requestsServed)(host)] as const;
      }),
    );
    return Object.fromEntries(counts.filter((entry): entry is [string, number] => entry[1] !== null));
  },

  async inRotation(running, node) {
    const balancers = nodesOf(running, 'load-balancer').filter((balancer) =>
      running.topology.edges.some(({ from, to, port }) => from === balancer && to === node && port === 'http'),
    );
    if (balancers.length === 0) return null;
    const pages = await Promise.all(
      balancers.map((balancer) => metricsPage(formatAddress(running.addressOf(balancer, 'metrics')))),
    );
    const upHere = `haproxy_server_status{proxy="web",server="${node}",state="UP"} 1`;
    return pages.every((page) => page.split('\n').includes(upHere));
  },

  async hottestContent(running) {
    const pages = await Promise.all(
      nodesOf(running, 'web').map((node) => metricsPage(formatAddress(running.addressOf(node, 'http')))),
    );
    const views = new Map<string, number>();
    let viewsOfAll = 0;
    for (const page of pages) {
      viewsOfAll += Number(/^content_views_recent (\S+)$/m.exec(page)?.[1] ?? 0);
      const [, owner = '', count = 0] = /^content_views_hottest\{owner="(.*)"\} (\S+)$/m.exec(page) ?? [];
      views.set(owner, (views.get(owner) ?? 0) + Number(count));
    }
    const [hottest] = [...views].sort(([, one], [, other]) => other - one);
    return hottest === undefined || viewsOfAll === 0 ? null : { owner: hottest[0], views: hottest[1], viewsOfAll };
  },

  async replicaLagMs(running, node) {
    try {
      const copies = await Promise.all(nodesOf(running, 'database').map((name) => copyAt(running, name)));
      const primary = copies.find(({ standby }) => !standby);
      const standby = copies.find((copy) => copy.node === node && copy.standby);
      if (primary === undefined || standby === undefined) return null;
      return standby.position >= primary.position ? 0 : standby.ageMs;
    } catch {
      return null;
    }
  },
};

interface Copy {
  node: string;
  standby: boolean;
  /** What it has written, or replayed. */
  position: bigint;
  /** How long ago the newest commit that a standby has replayed was made; both clocks are this machine's. */
  ageMs: number | null;
}

async function copyAt(running: RunningTarget, node: string): Promise<Copy> {
  return await withDatabase(running, node, async (client) => {
    const { rows } = await client.query<{ standby: boolean; position: string; ageMs: number | null }>(
      `SELECT pg_is_in_recovery() AS standby,
         (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END)::text AS position,
         (extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) * 1000)::float8 AS "ageMs"`,
    );
    const { position, ...rest } = rows[0]!;
    return { node, ...rest, position: parsePosition(position) };
  });
}

/** What HAProxy counted of the site's requests; null when it does not answer. */
async function frontendRequests(host: string): Promise<number | null> {
  const page = await metricsPage(host);
  const [, count] = /^haproxy_frontend_http_requests_total\{proxy="site"\} (\S+)$/m.exec(page) ?? [];
  return count === undefined ? null : Number(count);
}

/** What a web server counted of its answers; null when it does not answer. */
async function requestsServed(host: string): Promise<number | null> {
  const counts = [...(await metricsPage(host)).matchAll(/^http_requests_total\{.*\} (\S+)$/gm)];
  return counts.length === 0 ? null : counts.reduce((total, [, count]) => total + Number(count), 0);
}

/** Empty when there is no answer. */
async function metricsPage(host: string): Promise<string> {
  try {
    const response = await fetch(`http://${host}/metrics`, { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
    return await response.text();
  } catch {
    return '';
  }
}
