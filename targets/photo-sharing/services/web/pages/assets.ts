import type { FastifyInstance } from 'fastify';
import { stampRead } from '../http/answers.ts';
import { readPosition } from '../http/request-parts.ts';
import { findImage } from '../photos.ts';
import { notFound } from '../problems.ts';
import type { Site } from '../site.ts';
import { STATIC_FILES } from './static-files.ts';

const FOR_EVER = 'public, max-age=31536000, immutable';

/** GET /assets/<hash>.<type>: images of photos, style sheet, script. Nothing there ever changes. */
export async function assetRoutes(server: FastifyInstance, { site }: { site: Site }): Promise<void> {
  server.get<{ Params: { file: string } }>('/assets/:file', async (request, reply) => {
    const { file } = request.params;
    const fixed = STATIC_FILES.find(({ url }) => url === `/assets/${file}`);
    if (fixed !== undefined) return reply.type(fixed.mediaType).header('cache-control', FOR_EVER).send(fixed.content);

    const hash = /^(?<hash>[0-9a-f]{64})\.(png|jpg)$/.exec(file)?.groups?.hash;
    if (hash === undefined) throw notFound('no-such-asset');
    const image = await site.reader.find({ position: readPosition(request) }, (query) => findImage(query, hash));
    stampRead(reply, image);
    if (image.value === undefined) throw notFound('no-such-asset');
    return reply.type(image.value.mediaType).header('cache-control', FOR_EVER).send(image.value.bytes);
  });
}
