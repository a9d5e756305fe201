import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** `hang`: takes requests and never answers. `break`: closes the connection instead of answering. */
export type SiteMood = 'serve' | 'hang' | 'break';

export interface NoteSite {
  address: string;
  mood: SiteMood;
  /** How often each idempotency key arrived. */
  writes: Map<string, number>;
  /** `traceparent` of every request. */
  traceParents: string[];
  requests: number;
  /** Connections that were closed before their request was answered. */
  abandoned: number;
  /** Stops listening and resets every connection, like a process that dies. */
  die(): Promise<void>;
  /** Listens again on the same port. */
  revive(): Promise<void>;
}

/** The smallest site that the note clients can use: a real HTTP server, for tests. */
export async function startNoteSite(): Promise<NoteSite> {
  let server = createSite();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const site: NoteSite = {
    address: `127.0.0.1:${port}`,
    mood: 'serve',
    writes: new Map(),
    traceParents: [],
    requests: 0,
    abandoned: 0,
    async die() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
    async revive() {
      server = createSite();
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
  };
  return site;

  function createSite(): Server {
    return createServer((request, response) => {
      site.requests += 1;
      site.traceParents.push(String(request.headers.traceparent));
      response.on('close', () => {
        if (!response.writableEnded) site.abandoned += 1;
      });
      const key = request.headers['idempotency-key'];
      if (typeof key === 'string') site.writes.set(key, (site.writes.get(key) ?? 0) + 1);
      if (site.mood === 'hang') return;
      if (site.mood === 'break') request.socket.destroy();
      else response.writeHead(200, { 'x-served-by': `site:${port}` }).end('a note');
    });
  }
}
