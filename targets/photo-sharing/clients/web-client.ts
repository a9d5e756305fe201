import type { ClientResponse, OperationResult } from '../../../harness/model/workload.ts';
import { readOutcome, writeOutcome } from './outcomes.ts';
import { randomPicture } from './picture.ts';
import {
  type Asset,
  checkNotMissing,
  knownPhoto,
  loadAssets,
  PASSWORD,
  type PhotoClient,
  rememberOwnPhoto,
  rememberSeenPhotos,
  type Visit,
} from './visit.ts';

/** Images further down a page are not loaded before somebody scrolls there. */
const IMAGES_IN_VIEW = 4;
/** The reference to an asset, and what the page says for when it does not come. */
const ASSET = /(?:src|href)="(?<url>[^"]*\/assets\/[^"]+)"(?: data-fallback="(?<fallbackUrl>[^"]+)")?/g;

/** A browser without scripts: pages with their assets, forms, and cookies for session and last written position. */
export const webClient: PhotoClient = {
  logIn: async (visit, writeId) => {
    const { user } = visit;
    const response = await submit(visit, '/login', { writeId, userId: user.user.id, password: PASSWORD });
    user.loggedIn = response.status === 303 && user.cookies.has('session');
    return response;
  },
  operations: {
    'view-feed': viewFeed,
    'view-photo': viewPhoto,
    'upload-photo': uploadPhoto,
    like,
  },
};

async function viewFeed(visit: Visit): Promise<OperationResult> {
  const { response, result } = await loadPage(visit, '/');
  if (result.outcome !== 'ok') return result;
  const photos = [...response.body.matchAll(/data-photo="([^"]+)"/g)].map(([, id]) => id!);
  rememberSeenPhotos(visit.user, photos);
  return { ...result, key: `feed:${visit.user.user.id}`, value: photos.length };
}

async function viewPhoto(visit: Visit): Promise<OperationResult> {
  const id = knownPhoto(visit);
  const { response, result } = await loadPage(visit, `/photos/${id}`);
  return { ...(response.status === 404 ? checkNotMissing(result, visit, id) : result), key: `photo:${id}` };
}

async function uploadPhoto(visit: Visit): Promise<OperationResult> {
  const { http, random, user } = visit;
  const id = `photo-${http.writeId}`;
  const caption = `Photo ${id}`;
  const image = randomPicture(random).toString('base64');
  const result = writeOutcome(await submit(visit, '/photos', { writeId: http.writeId, id, caption, image }));
  if (result.outcome === 'ok') rememberOwnPhoto(user, id);
  return { ...result, key: `photo:${id}`, value: caption };
}

async function like(visit: Visit): Promise<OperationResult> {
  const { writeId } = visit.http;
  const photo = knownPhoto(visit);
  const response = await submit(visit, `/photos/${photo}/likes`, { writeId, id: `like-${writeId}` });
  return { ...checkNotMissing(writeOutcome(response), visit, photo), key: `likes:${photo}` };
}

/** The page is as good as the worst of its parts. */
async function loadPage(visit: Visit, path: string): Promise<{ response: ClientResponse; result: OperationResult }> {
  const response = await get(visit, path);
  const result = readOutcome(response);
  if (result.outcome !== 'ok') return { response, result };
  const assets = assetsOf(response.body);
  return { response, result: await loadAssets(visit, result, { assets, get: (path) => get(visit, path) }) };
}

/** The style sheet, scripts, and the images in view, each once. */
function assetsOf(page: string): Asset[] {
  const assets = [...page.matchAll(ASSET)].map(({ groups: { url, fallbackUrl } = {} }) => ({ url: url!, fallbackUrl }));
  const isImage = ({ url }: Asset) => /\.(?:png|jpg)$/.test(url);
  const wanted = [...assets.filter((asset) => !isImage(asset)), ...assets.filter(isImage).slice(0, IMAGES_IN_VIEW)];
  return [...new Map(wanted.map((asset) => [asset.url, asset])).values()];
}

async function get(visit: Visit, path: string): Promise<ClientResponse> {
  return keepCookies(visit, await visit.http.request({ method: 'GET', path, headers: cookieHeader(visit) }));
}

/** Sends a form. The redirect that answers it is not followed: what the user looks at next is the next operation. */
async function submit(visit: Visit, path: string, fields: Record<string, string>): Promise<ClientResponse> {
  const headers = { ...cookieHeader(visit), 'content-type': 'application/x-www-form-urlencoded' };
  const body = new URLSearchParams(fields).toString();
  return keepCookies(visit, await visit.http.request({ method: 'POST', path, headers, body }));
}

function cookieHeader({ user: { cookies } }: Visit): Record<string, string> {
  if (cookies.size === 0) return {};
  return { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') };
}

function keepCookies({ user: { cookies } }: Visit, response: ClientResponse): ClientResponse {
  for (const cookie of response.cookies) {
    const [, name, value] = /^([^=;]+)=([^;]*)/.exec(cookie) ?? [];
    if (name === undefined || value === undefined) continue;
    if (/;\s*max-age=0\b/i.test(cookie)) cookies.delete(name);
    else cookies.set(name, value);
  }
  return response;
}
