import type { FastifyInstance } from 'fastify';
import { stampCommitted } from '../http/answers.ts';
import { idempotencyKey, readPosition, sessionToken } from '../http/request-parts.ts';
import { followWrite, likeWrite } from '../reactions.ts';
import { commit, type Site } from '../site.ts';
import { bodyOf, ID } from './schemas.ts';

interface Reaction {
  Params: { id: string };
  Body: { id: string };
}

/** Likes and follows; the body's id is that of the like or follow itself. */
export async function reactionRoutes(server: FastifyInstance, { site }: { site: Site }): Promise<void> {
  const schema = bodyOf({ id: ID });

  server.post<Reaction>('/api/photos/:id/likes', { schema }, async (request, reply) => {
    const writeId = idempotencyKey(request);
    const userId = await site.sessions.userOf(sessionToken(request), readPosition(request));
    const like = likeWrite({ writeId, userId, id: request.body.id, photoId: request.params.id });
    const committed = await commit(site, like);
    return stampCommitted(reply, committed).code(201).send(committed.receipt);
  });

  server.post<Reaction>('/api/users/:id/follows', { schema }, async (request, reply) => {
    const writeId = idempotencyKey(request);
    const userId = await site.sessions.userOf(sessionToken(request), readPosition(request));
    const follow = followWrite({ writeId, userId, id: request.body.id, followeeId: request.params.id });
    const committed = await commit(site, follow);
    return stampCommitted(reply, committed).code(201).send(committed.receipt);
  });
}
