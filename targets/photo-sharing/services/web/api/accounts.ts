import type { FastifyInstance } from 'fastify';
import { accountWrite, findProfile, profileWrite } from '../accounts.ts';
import { stampCommitted, stampRead } from '../http/answers.ts';
import { idempotencyKey, readPosition, sessionToken } from '../http/request-parts.ts';
import { hashPassword } from '../passwords.ts';
import { notFound } from '../problems.ts';
import { commit, type Site } from '../site.ts';
import { bodyOf, ID, NAME, PASSWORD } from './schemas.ts';

/** Accounts and profiles. */
export async function accountRoutes(server: FastifyInstance, { site }: { site: Site }): Promise<void> {
  server.post<{ Body: { id: string; name: string; password: string } }>(
    '/api/accounts',
    { schema: bodyOf({ id: ID, name: NAME, password: PASSWORD }) },
    async (request, reply) => {
      const { id, name, password } = request.body;
      const writeId = idempotencyKey(request);
      const passwordHash = await hashPassword(password);
      const committed = await commit(site, accountWrite({ writeId, id, name, passwordHash }));
      return stampCommitted(reply, committed).code(201).send(committed.receipt);
    },
  );

  server.get<{ Params: { id: string } }>('/api/users/:id', async (request, reply) => {
    const position = readPosition(request);
    await site.sessions.userOf(sessionToken(request), position);
    const found = await site.content.find(`profile:${request.params.id}`, { position }, (query) =>
      findProfile(query, request.params.id),
    );
    stampRead(reply, found);
    if (found.value === undefined) throw notFound('no-such-user');
    site.onView(request.params.id);
    return found.value;
  });

  server.put<{ Body: { name: string } }>('/api/profile', { schema: bodyOf({ name: NAME }) }, async (request, reply) => {
    const writeId = idempotencyKey(request);
    const userId = await site.sessions.userOf(sessionToken(request), readPosition(request));
    const committed = await commit(site, profileWrite({ writeId, userId, name: request.body.name }));
    return stampCommitted(reply, committed).send(committed.receipt);
  });
}
