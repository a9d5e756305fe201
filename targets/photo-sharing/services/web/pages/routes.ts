import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../../log.ts';
import { stampCommitted, stampRead } from '../http/answers.ts';
import { problemOf, stampFailure } from '../http/failures.ts';
import { checkedKey, readPosition, sessionToken } from '../http/request-parts.ts';
import { decodeImage, drawImage } from '../images.ts';
import { findPhoto, photoWrite, readFeed } from '../photos.ts';
import { notFound, type RequestProblem } from '../problems.ts';
import { likeWrite } from '../reactions.ts';
import { commit, logIn, logOut, type Site, sessionOf } from '../site.ts';
import type { Committed } from '../sql-write.ts';
import type { Html } from './html.ts';
import { failureView, feedView, logInView, page, photoView } from './views.ts';

export interface PageOptions {
  site: Site;
  log: Logger;
}

type Form = Record<string, string>;

const COOKIE_RULES = 'Path=/; HttpOnly; SameSite=Lax';

/** The site for browsers: pages made here, forms that come back, cookies for session and read position. */
export async function pageRoutes(server: FastifyInstance, { site, log }: PageOptions): Promise<void> {
  const pageOf = (title: string, content: Html, userId?: string) => page(site.assets, title, content, userId);
  server.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    async (_request: FastifyRequest, body: string | Buffer) => Object.fromEntries(new URLSearchParams(String(body))),
  );
  server.setErrorHandler<Parameters<typeof problemOf>[0]>((error, request, reply) => {
    const problem = problemOf(error);
    stampFailure(log, request, reply, problem);
    return sendPage(reply, pageOf(...failureOf(problem)));
  });

  server.get('/', async (request, reply) => {
    const token = sessionToken(request);
    if (token === undefined) return sendPage(reply, pageOf('Log in', logInView()));
    const position = readPosition(request);
    const userId = await site.sessions.userOf(token, position);
    const feed = await site.reader.read({ position }, (query) => readFeed(query, userId));
    stampRead(reply, feed);
    return sendPage(
      reply,
      pageOf('Latest photos', feedView(feed.value.map((photo) => site.assets.photo(photo))), userId),
    );
  });

  server.get<{ Params: { id: string } }>('/photos/:id', async (request, reply) => {
    const position = readPosition(request);
    const userId = await site.sessions.userOf(sessionToken(request), position);
    const found = await site.content.find(`photo:${request.params.id}`, { position }, (query) =>
      findPhoto(query, request.params.id),
    );
    stampRead(reply, found);
    if (found.value === undefined) throw notFound('no-such-photo');
    site.onView(found.value.userId);
    return sendPage(reply, pageOf(found.value.caption, photoView(site.assets.photo(found.value)), userId));
  });

  server.post<{ Body: Form }>('/login', async (request, reply) => {
    const { writeId, userId = '', password = '' } = formOf(request);
    const key = checkedKey(writeId);
    const committed = await logIn(site, { writeId: key, userId, password, position: readPosition(request) });
    reply.header('set-cookie', `session=${sessionOf(committed)}; ${COOKIE_RULES}`);
    return seeOther(reply, '/', committed);
  });

  server.post<{ Body: Form }>('/logout', async (request, reply) => {
    const writeId = checkedKey(formOf(request).writeId);
    const committed = await logOut(site, { writeId, token: sessionToken(request), position: readPosition(request) });
    reply.header('set-cookie', `session=; Max-Age=0; ${COOKIE_RULES}`);
    return seeOther(reply, '/', committed);
  });

  server.post<{ Body: Form }>('/photos', async (request, reply) => {
    const { caption = '', image: base64, ...form } = formOf(request);
    const writeId = checkedKey(form.writeId);
    // A form that is sent again must mean the same photo, so what it does not name comes from its key.
    const id = form.id || `photo-${writeId}`;
    const image = base64 ? decodeImage(base64) : drawImage(writeId);
    const userId = await site.sessions.userOf(sessionToken(request), readPosition(request));
    const committed = await commit(site, photoWrite({ writeId, userId, id, caption, image }));
    return seeOther(reply, `/photos/${encodeURIComponent(id)}`, committed);
  });

  server.post<{ Params: { id: string }; Body: Form }>('/photos/:id/likes', async (request, reply) => {
    const form = formOf(request);
    const writeId = checkedKey(form.writeId);
    const userId = await site.sessions.userOf(sessionToken(request), readPosition(request));
    const photoId = request.params.id;
    const like = likeWrite({ writeId, userId, id: form.id || `like-${writeId}`, photoId });
    return seeOther(reply, `/photos/${encodeURIComponent(photoId)}`, await commit(site, like));
  });
}

function formOf(request: FastifyRequest<{ Body: Form }>): Form {
  return request.body ?? {};
}

function sendPage(reply: FastifyReply, content: Html): FastifyReply {
  return reply.type('text/html; charset=utf-8').header('cache-control', 'no-store').send(content.text);
}

/** After a form: the browser goes on to a page, and reads its own write there. */
function seeOther(reply: FastifyReply, path: string, committed: Committed): FastifyReply {
  stampCommitted(reply, committed).header('set-cookie', `position=${committed.position}; ${COOKIE_RULES}`);
  return reply.redirect(path, 303);
}

/** The title and the content of the page that tells of a problem. */
function failureOf(problem: RequestProblem): [title: string, content: Html] {
  if (problem.code === 'wrong-credentials') return ['Log in', logInView('User and password do not fit.')];
  if (problem.status === 401) return ['Log in', logInView('Please log in.')];
  if (problem.status === 404) return ['Not found', failureView('Not found', 'There is nothing here.')];
  if (problem.status < 500)
    return ['Refused', failureView('That did not work', `The site refused it: ${problem.code}.`)];
  const explanation =
    problem.outcome === 'unknown'
      ? 'It may or may not have been saved. Sending the form again does no harm.'
      : 'Nothing was changed. Please try again in a moment.';
  return ['Out of order', failureView('Out of order', explanation)];
}
