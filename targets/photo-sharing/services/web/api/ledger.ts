import type { FastifyInstance } from 'fastify';
import { stampRead } from '../http/answers.ts';
import { readPosition } from '../http/request-parts.ts';
import { findWrites } from '../ledger.ts';
import { badRequest } from '../problems.ts';
import type { Site } from '../site.ts';

/** Longer request lines are refused by HTTP servers on the way. */
const IDS_MAX = 400;

/**
 * GET /api/writes?ids=a,b,c: which of these writes are there. Open to all who know the ids: it tells nothing of their
 * content. `read=primary` asks the primary only.
 */
export async function ledgerRoutes(server: FastifyInstance, { site }: { site: Site }): Promise<void> {
  server.get<{ Querystring: { ids?: string; read?: string } }>('/api/writes', async (request, reply) => {
    const ids = (request.query.ids ?? '').split(',').filter((id) => id !== '');
    if (ids.length === 0 || ids.length > IDS_MAX) throw badRequest('ids-malformed');
    const options = { position: readPosition(request), primary: request.query.read === 'primary' };
    const writes = await site.reader.read(options, (query) => findWrites(query, ids));
    stampRead(reply, writes);
    return { writes: writes.value };
  });
}
