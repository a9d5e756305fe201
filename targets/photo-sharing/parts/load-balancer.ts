import { type Edge, formatAddress, type NodeDefinition, type Wiring } from '../../../harness/model/topology.ts';
import { admission } from './admission.ts';
import type { WebServerOptions } from './web-server.ts';

const WEB_SERVERS_LISTED_MAX = 16;
const SQL_PORTS = { 'sql-write': 'postgres', 'sql-read': 'postgres' } as const;

export interface LoadBalancerOptions {
  zone: string;
  host: string;
  /** Web servers of this zone. It sends none of them more requests at one time than that one works on. */
  webServers: readonly Pick<WebServerOptions, 'name' | 'inFlightMax'>[];
  /** Databases that it leads to by role, those to be read first at the front; none where web servers dial one directly. */
  databases: readonly string[];
  /** Sends each session to the web server that made it, for web servers that keep sessions to themselves. */
  stickySessions: boolean;
  mutant?: string | undefined;
}

/** HAProxy: HTTP to the web servers of its zone, and SQL by role to whichever database may serve it. */
export function loadBalancer(options: LoadBalancerOptions): NodeDefinition {
  const { zone, host, databases } = options;
  if (options.webServers.length > WEB_SERVERS_LISTED_MAX) throw new Error('too many web servers for one load balancer');
  return {
    name: `lb.${zone}`,
    tier: 'load-balancer',
    host,
    zone,
    ports: { http: 'http', ...(databases.length === 0 ? {} : SQL_PORTS), metrics: 'http' },
    metrics: { port: 'metrics', path: '/metrics' },
    readiness: { kind: 'http', port: 'http', path: '/healthz' },
    program: (wiring) => ({
      executable: wiring.executable('haproxy'),
      // -db: stay in the foreground, in the process group that the driver made.
      arguments: ['-db', '-f', `${wiring.directory}/haproxy.cfg`],
      environment: {},
      files: { 'haproxy.cfg': configuration(wiring, options) },
    }),
  };
}

/** Every connection that the load balancer makes. */
export function loadBalancerEdges({ zone, webServers, databases }: LoadBalancerOptions): Edge[] {
  const from = `lb.${zone}`;
  return [
    ...webServers.map(({ name: to }): Edge => ({ from, to, port: 'http', plane: 'data' })),
    ...databases.map((to): Edge => ({ from, to, port: 'sql', plane: 'data' })),
    ...databases.map((to): Edge => ({ from, to, port: 'agent', plane: 'health' })),
  ];
}

function configuration(wiring: Wiring, options: LoadBalancerOptions): string {
  const { webServers, databases, stickySessions, mutant } = options;
  return `global
  maxconn 4000
  hard-stop-after 2s

defaults
  mode http
  timeout connect 500ms
  timeout client 30s
  timeout server 4s
  timeout queue 1s
  timeout check 700ms
  timeout http-keep-alive 30s
  retries 2
  option redispatch

frontend site
  bind ${formatAddress(wiring.listen('http'))}
  default_backend web

backend web
  balance leastconn
  option httpchk GET /healthz
  retry-on conn-failure empty-response
  # A write that was sent may have been committed: a second server could not tell, and would answer "not applied".
  http-request disable-l7-retry if !METH_GET
  http-request set-header x-entry-token ${admission(wiring)}
  # Whoever asks for the site's health asks whether it works, not whether it is busy: first out of the queue.
  http-request set-priority-class int(-1) if { path /healthz }
  default-server inter 500ms fall 2 rise 1 on-marked-down shutdown-sessions
${webServers.map((server) => serverLine(wiring, server)).join('\n')}
${stickySessions ? webServers.map(({ name }) => stickiness(name)).join('\n') : ''}

${databases.length === 0 ? '' : sqlByRole(wiring, databases, mutant)}
frontend metrics
  bind ${formatAddress(wiring.listen('metrics'))}
  http-request use-service prometheus-exporter if { path /metrics }
`;
}

/** What is more than it works on at one time waits here, no longer than the queue's time-out. */
function serverLine(wiring: Wiring, { name, inFlightMax }: LoadBalancerOptions['webServers'][number]): string {
  return `  server ${name} ${formatAddress(wiring.to(name, 'http'))} check maxconn ${inFlightMax}`;
}

function sqlByRole(wiring: Wiring, databases: readonly string[], mutant: string | undefined): string {
  const readable = mutant === 'replica-reads-without-fallback' ? databases.slice(0, 1) : databases;
  const server = (database: string, backup: boolean) => {
    const agent = wiring.to(database, 'agent');
    const check = `check addr ${agent.host} port ${agent.port}`;
    return `  server ${database} ${formatAddress(wiring.to(database, 'sql'))} ${check}${backup ? ' backup' : ''}`;
  };
  // A role can move within a second, so one failed check is enough; sessions on a lost role are cut at once.
  const defaults = '  default-server inter 300ms fastinter 200ms fall 1 rise 1 on-marked-down shutdown-sessions';
  return `listen sql-write
  mode tcp
  bind ${formatAddress(wiring.listen('sql-write'))}
  timeout client 10m
  timeout server 10m
  option httpchk GET /primary
${defaults}
${databases.map((database) => server(database, false)).join('\n')}

listen sql-read
  mode tcp
  bind ${formatAddress(wiring.listen('sql-read'))}
  timeout client 10m
  timeout server 10m
  option httpchk GET /replica
${defaults}
${readable.map((database, rank) => server(database, rank > 0)).join('\n')}
`;
}

/** A session's token begins with the name of the web server that issued it; a server that is down is passed over. */
function stickiness(server: string): string {
  return `  use-server ${server} if { req.hdr(authorization) -m sub ${server}. } || { req.cook(session) -m beg ${server}. }`;
}
