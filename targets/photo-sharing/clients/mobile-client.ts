import type { ClientResponse, OperationResult } from '../../../harness/model/workload.ts';
import { fieldsOf, readOutcome, writeOutcome } from './outcomes.ts';
import { randomPicture } from './picture.ts';
import {
  checkNotMissing,
  knownPhoto,
  loadAssets,
  PASSWORD,
  type PhotoClient,
  rememberOwnPhoto,
  rememberSeenPhotos,
  somebody,
  type Visit,
} from './visit.ts';

/** Where the API says that an image is. */
interface Imaged {
  imageUrl: string;
  imageFallbackUrl?: string;
}

interface Feed {
  photos: (Imaged & { id: string })[];
}

/** A phone shows this many photos at a time. */
const PHOTOS_SHOWN = 2;

/** The app: JSON, the session as a bearer token, the last written position as a header. */
export const mobileClient: PhotoClient = {
  logIn,
  operations: {
    'view-feed': viewFeed,
    'view-photo': viewPhoto,
    'view-profile': viewProfile,
    'check-session': async (visit) => readOutcome(await get(visit, '/api/session')),
    'upload-photo': uploadPhoto,
    like,
    follow,
    'edit-caption': editCaption,
    'edit-profile': editProfile,
  },
};

async function logIn({ user, http }: Visit, writeId: string): Promise<ClientResponse> {
  const response = await http.request({
    method: 'POST',
    path: '/api/sessions',
    headers: { 'content-type': 'application/json', 'idempotency-key': writeId },
    body: JSON.stringify({ userId: user.user.id, password: PASSWORD }),
  });
  const { session } = fieldsOf(response.body);
  if (typeof session !== 'string') return response;
  user.token = session;
  user.position = response.headers['x-position'] ?? user.position;
  user.loggedIn = true;
  return response;
}

async function viewFeed(visit: Visit): Promise<OperationResult> {
  const response = await get(visit, '/api/feed');
  const result = readOutcome(response);
  if (result.outcome !== 'ok') return result;
  const { photos = [] } = fieldsOf(response.body) as Partial<Feed>;
  rememberSeenPhotos(
    visit.user,
    photos.map(({ id }) => id),
  );
  const seen = { ...result, key: `feed:${visit.user.user.id}`, value: photos.length };
  return await loadImages(visit, seen, photos.slice(0, PHOTOS_SHOWN));
}

async function viewPhoto(visit: Visit): Promise<OperationResult> {
  const id = knownPhoto(visit);
  const response = await get(visit, `/api/photos/${id}`);
  const result = { ...checkNotMissing(readOutcome(response), visit, id), key: `photo:${id}` };
  if (result.outcome !== 'ok') return result;
  const photo = fieldsOf(response.body);
  return await loadImages(visit, { ...result, value: photo.caption }, [photo as unknown as Imaged]);
}

async function viewProfile(visit: Visit): Promise<OperationResult> {
  const id = somebody(visit);
  const response = await get(visit, `/api/users/${id}`);
  const result = { ...readOutcome(response), key: `profile:${id}` };
  return result.outcome === 'ok' ? { ...result, value: fieldsOf(response.body).name } : result;
}

async function uploadPhoto(visit: Visit): Promise<OperationResult> {
  const id = `photo-${visit.http.writeId}`;
  const caption = `Photo ${id}`;
  const image = randomPicture(visit.random).toString('base64');
  const result = await write(visit, { method: 'POST', path: '/api/photos', fields: { id, caption, image } });
  if (result.outcome === 'ok') rememberOwnPhoto(visit.user, id);
  return { ...result, key: `photo:${id}`, value: caption };
}

async function like(visit: Visit): Promise<OperationResult> {
  const photo = knownPhoto(visit);
  const fields = { id: `like-${visit.http.writeId}` };
  const result = await write(visit, { method: 'POST', path: `/api/photos/${photo}/likes`, fields });
  return { ...checkNotMissing(result, visit, photo), key: `likes:${photo}` };
}

async function follow(visit: Visit): Promise<OperationResult> {
  const followed = somebody(visit);
  const fields = { id: `follow-${visit.http.writeId}` };
  const result = await write(visit, { method: 'POST', path: `/api/users/${followed}/follows`, fields });
  return { ...result, key: `follows:${followed}` };
}

async function editCaption(visit: Visit): Promise<OperationResult> {
  const photo = visit.random.pick(visit.user.ownPhotos);
  const caption = `Edited by ${visit.http.writeId}`;
  const result = await write(visit, { method: 'PUT', path: `/api/photos/${photo}`, fields: { caption } });
  return { ...checkNotMissing(result, visit, photo), key: `photo:${photo}`, value: caption };
}

async function editProfile(visit: Visit): Promise<OperationResult> {
  const name = `Name of ${visit.http.writeId}`;
  const result = await write(visit, { method: 'PUT', path: '/api/profile', fields: { name } });
  return { ...result, key: `profile:${visit.user.user.id}`, value: name };
}

async function loadImages(visit: Visit, seen: OperationResult, photos: readonly Imaged[]): Promise<OperationResult> {
  const assets = photos.map(({ imageUrl: url, imageFallbackUrl: fallbackUrl }) => ({ url, fallbackUrl }));
  return await loadAssets(visit, seen, { assets, get: (path) => get(visit, path) });
}

async function get(visit: Visit, path: string): Promise<ClientResponse> {
  return await visit.http.request({ method: 'GET', path, headers: identity(visit) });
}

async function write(
  visit: Visit,
  { method, path, fields }: { method: 'POST' | 'PUT'; path: string; fields: Record<string, string> },
): Promise<OperationResult> {
  const { user, http } = visit;
  const headers = { ...identity(visit), 'content-type': 'application/json', 'idempotency-key': http.writeId };
  const response = await http.request({ method, path, headers, body: JSON.stringify(fields) });
  user.position = response.headers['x-position'] ?? user.position;
  return writeOutcome(response);
}

function identity({ user: { token, position } }: Visit): Record<string, string> {
  return {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(position === undefined ? {} : { 'x-read-position': position }),
  };
}
