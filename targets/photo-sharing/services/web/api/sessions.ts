import type { FastifyInstance } from 'fastify';
import { stampCommitted } from '../http/answers.ts';
import { idempotencyKey, readPosition, sessionToken } from '../http/request-parts.ts';
import { logIn, logOut, type Site } from '../site.ts';
import { bodyOf, ID, PASSWORD } from './schemas.ts';

/** Log in, log out, and who am I. */
export async function sessionRoutes(server: FastifyInstance, { site }: { site: Site }): Promise<void> {
  server.post<{ Body: { userId: string; password: string } }>(
    '/api/sessions',
    { schema: bodyOf({ userId: ID, password: PASSWORD }) },
    async (request, reply) => {
      const writeId = idempotencyKey(request);
      const committed = await logIn(site, { ...request.body, writeId, position: readPosition(request) });
      return stampCommitted(reply, committed).code(201).send(committed.receipt);
    },
  );

  server.get('/api/session', async (request) => {
    return { userId: await site.sessions.userOf(sessionToken(request), readPosition(request)) };
  });

  server.delete('/api/sessions', async (request, reply) => {
    const writeId = idempotencyKey(request);
    const committed = await logOut(site, { writeId, token: sessionToken(request), position: readPosition(request) });
    return stampCommitted(reply, committed).code(204).send();
  });
}
