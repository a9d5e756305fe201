import type { FastifyInstance } from 'fastify';
import { stampCommitted, stampRead } from '../http/answers.ts';
import { idempotencyKey, readPosition, sessionToken } from '../http/request-parts.ts';
import { decodeImage } from '../images.ts';
import { captionWrite, findPhoto, photoWrite, readFeed } from '../photos.ts';
import { notFound } from '../problems.ts';
import { commit, type Site } from '../site.ts';
import { bodyOf, CAPTION, ID } from './schemas.ts';

/** Photos, their captions, and the feed. */
export async function photoRoutes(server: FastifyInstance, { site }: { site: Site }): Promise<void> {
  server.post<{ Body: { id: string; caption: string; image: string } }>(
    '/api/photos',
    { schema: bodyOf({ id: ID, caption: CAPTION, image: { type: 'string' } }) },
    async (request, reply) => {
      const writeId = idempotencyKey(request);
      const { id, caption } = request.body;
      const image = decodeImage(request.body.image);
      const userId = await site.sessions.userOf(sessionToken(request), readPosition(request));
      const committed = await commit(site, photoWrite({ writeId, userId, id, caption, image }));
      return stampCommitted(reply, committed).code(201).send(committed.receipt);
    },
  );

  server.get<{ Params: { id: string } }>('/api/photos/:id', async (request, reply) => {
    const position = readPosition(request);
    await site.sessions.userOf(sessionToken(request), position);
    const found = await site.content.find(`photo:${request.params.id}`, { position }, (query) =>
      findPhoto(query, request.params.id),
    );
    stampRead(reply, found);
    if (found.value === undefined) throw notFound('no-such-photo');
    site.onView(found.value.userId);
    return site.assets.photo(found.value);
  });

  server.put<{ Params: { id: string }; Body: { caption: string } }>(
    '/api/photos/:id',
    { schema: bodyOf({ caption: CAPTION }) },
    async (request, reply) => {
      const writeId = idempotencyKey(request);
      const userId = await site.sessions.userOf(sessionToken(request), readPosition(request));
      const { caption } = request.body;
      const committed = await commit(site, captionWrite({ writeId, userId, id: request.params.id, caption }));
      return stampCommitted(reply, committed).send(committed.receipt);
    },
  );

  server.get('/api/feed', async (request, reply) => {
    const position = readPosition(request);
    const userId = await site.sessions.userOf(sessionToken(request), position);
    const feed = await site.reader.read({ position }, (query) => readFeed(query, userId));
    stampRead(reply, feed);
    return { photos: feed.value.map((photo) => site.assets.photo(photo)) };
  });
}
