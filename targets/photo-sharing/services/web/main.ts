import { setTimeout as sleep } from 'node:timers/promises';
import { type Address, type NamedAddress, readEnvironment, readIdentity } from '../environment.ts';
import { createLog } from '../log.ts';
import { startOrExit, superviseProcess } from '../shutdown.ts';
import { AssetAddresses } from './asset-addresses.ts';
import { Cache } from './cache.ts';
import { Caches } from './caches.ts';
import { CachedContent, UncachedContent } from './content.ts';
import { Observations } from './http/observations.ts';
import { createWebServer } from './http/server.ts';
import { MemorySessions, StoredSessions } from './sessions.ts';
import { SqlConnections } from './sql-connections.ts';
import { SqlReader } from './sql-read.ts';
import { SqlWriter } from './sql-write.ts';

/**
 * Connections of each kind. Four web servers with both kinds on one PostgreSQL, as after a failover, stay under its
 * usual limit of 100.
 */
const CONNECTIONS_MAX = 10;
/** A load balancer that checks twice a second has noticed by then that this server wants no more requests. */
const LEAVE_MS = 1100;

const log = createLog({ node: process.env.FAULTLINE_NODE ?? 'unknown', zone: process.env.FAULTLINE_ZONE ?? 'unknown' });

await startOrExit(log, async () => {
  const settings = readEnvironment(process.env, (environment) => ({
    identity: readIdentity(environment),
    listen: environment.address('WEB_LISTEN'),
    caches: environment.namedAddresses('CACHES'),
    cachesElsewhere: environment.namedAddresses('CACHES_ELSEWHERE'),
    sqlWrite: environment.address('SQL_WRITE'),
    sqlRead: environment.address('SQL_READ'),
    content: environment.choice('CONTENT', ['database', 'cache'], 'database'),
    sessions: environment.choice('SESSIONS', ['memory', 'database'], 'database'),
    cdn: environment.optionalText('CDN'),
    entryToken: environment.optionalText('ENTRY_TOKEN'),
    inFlightMax: environment.integer('MAX_IN_FLIGHT', { standard: 64, least: 1, most: 10_000 }),
  }));
  const { node, zone, mutant } = settings.identity;
  const observations = new Observations({ inFlightMax: settings.inFlightMax });
  const primary = sqlConnections('sql-write', settings.sqlWrite);
  const nearest = sqlConnections('sql-read', settings.sqlRead);
  observations.watchConnections([primary, nearest]);
  const cacheAt = (address: NamedAddress) =>
    new Cache({ address, log, onError: (cache) => observations.countCacheError(cache) });
  const own = settings.caches.map(cacheAt);
  if (settings.content === 'cache') observations.watchCaches(own);
  const caches = new Caches({ own, elsewhere: settings.cachesElsewhere.map(cacheAt) });
  const reader = new SqlReader({
    ...{ nearest, primary },
    onFallback: (reason) => observations.countFallback(reason),
    withoutFallback: mutant === 'replica-reads-without-fallback',
  });
  const writer = new SqlWriter({ primary, onOutcome: (kind, outcome) => observations.countWrite(kind, outcome) });
  const sessions = settings.sessions === 'memory' ? new MemorySessions() : new StoredSessions({ caches, reader });

  const content =
    settings.content === 'database'
      ? new UncachedContent(reader)
      : new CachedContent({
          caches,
          reader,
          onLookUp: (kind, result) => observations.countLookUp(kind, result),
          onLoad: (kind) => observations.countLoad(kind),
          unprotected: mutant === 'no-stampede-protection',
          uninvalidated: mutant === 'cache-not-invalidated',
        });

  const assets = new AssetAddresses({ cdn: settings.cdn, fallback: mutant !== 'no-origin-fallback' });
  let serving = true;
  const server = createWebServer({
    site: { node, reader, writer, content, sessions, assets, onView: (owner) => observations.countView(owner) },
    node,
    zone,
    inFlightMax: settings.inFlightMax,
    entryToken: settings.entryToken,
    observations,
    log,
    isServing: () => serving,
  });
  // First the health check fails, then, when the load balancer has turned away, the server closes.
  const stop = async (): Promise<void> => {
    serving = false;
    if (observations.quietMs < LEAVE_MS) await sleep(LEAVE_MS);
    await server.close();
    caches.close();
    await Promise.all([primary.close(), nearest.close()]);
  };
  superviseProcess({ log, stop });
  await server.listen(settings.listen);
  log.info({ address: server.listeningOrigin, mutant }, 'serving');
});

function sqlConnections(name: string, address: Address): SqlConnections {
  return new SqlConnections({ name, address, connectionsMax: CONNECTIONS_MAX, log });
}
