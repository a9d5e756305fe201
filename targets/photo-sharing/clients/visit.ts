import type { Random } from '../../../harness/base/random.ts';
import type { CdnFacts } from '../../../harness/model/operation.ts';
import type { ClientHttp, ClientResponse, ClientState, OperationResult } from '../../../harness/model/workload.ts';
import { readOutcome } from './outcomes.ts';

/** Older ones are forgotten: nobody scrolls down for ever. */
const PHOTOS_KNOWN_MAX = 40;
const ASSETS_CACHED_MAX = 500;
/**
 * Nobody looks longer at a gap in a page while another host has what belongs there. A host that is gone does not always
 * refuse: what is waited for it, and the site's answer after that, have to stay below a second.
 */
const CDN_LIMIT_MS = 600;

/** What a user's device remembers. */
export interface PhotoUser extends ClientState {
  loggedIn: boolean;
  /** Mobile: the session's token, and where in the database's log the user has last written. Web: `cookies`. */
  token: string | undefined;
  position: string | undefined;
  cookies: Map<string, string>;
  /** Acknowledged uploads. */
  ownPhotos: string[];
  /** Photos of others, seen in a feed. */
  seenPhotos: string[];
  /** Images and style sheets that need not be fetched again. */
  cachedAssets: Set<string>;
}

/** One operation of one user. */
export interface Visit {
  user: PhotoUser;
  http: ClientHttp;
  random: Random;
  /** Ids of everybody who has an account. */
  everybody: readonly string[];
  /** Whose content this operation goes to; undefined: anybody's. */
  celebrity: PhotoUser | undefined;
}

/** How one kind of client does things. */
export interface PhotoClient {
  /** Leaves the session in `user`; the answer says whether it worked. */
  logIn(visit: Visit, writeId: string): Promise<ClientResponse>;
  readonly operations: Readonly<Record<string, (visit: Visit) => Promise<OperationResult>>>;
}

/** Every account's password: the site is reached by nobody else. */
export const PASSWORD = 'correct-horse-battery-staple';

/** A photo that the user knows, own or seen; every user has one from the start. Of a celebrity, everybody looks at one. */
export function knownPhoto({ user, random, celebrity }: Visit): string {
  // The oldest: a copy of the database that lags has it as well.
  return celebrity?.ownPhotos[0] ?? random.pick([...user.ownPhotos, ...user.seenPhotos]);
}

/** Somebody with an account. */
export function somebody({ random, everybody, celebrity }: Visit): string {
  return celebrity?.user.id ?? random.pick(everybody);
}

export function rememberOwnPhoto(user: PhotoUser, id: string): void {
  user.ownPhotos = [...user.ownPhotos, id].slice(-PHOTOS_KNOWN_MAX);
}

export function rememberSeenPhotos(user: PhotoUser, ids: readonly string[]): void {
  const news = ids.filter((id) => !user.seenPhotos.includes(id) && !user.ownPhotos.includes(id));
  user.seenPhotos = [...user.seenPhotos, ...news].slice(-PHOTOS_KNOWN_MAX);
}

/**
 * A known photo that is not found is missing: it had been acknowledged or shown. The user notices once; an own photo
 * stays known when it is the last one, since every user has one.
 */
export function checkNotMissing(result: OperationResult, { user }: Visit, id: string): OperationResult {
  if (result.status !== 404) return result;
  user.seenPhotos = user.seenPhotos.filter((known) => known !== id);
  if (user.ownPhotos.length > 1) user.ownPhotos = user.ownPhotos.filter((known) => known !== id);
  return { ...result, error: 'missing' };
}

/** An image or a style sheet, where it is and where else. */
export interface Asset {
  /** A path of the site, or the whole address of another host. */
  url: string;
  /** A path of the site, for when that host does not give it. */
  fallbackUrl?: string | undefined;
}

/**
 * Fetches what the device has not cached, side by side. What comes to pass with the page: its own result with what was
 * asked of other hosts, or the first failure.
 */
export async function loadAssets(
  visit: Visit,
  page: OperationResult,
  { assets, get }: { assets: readonly Asset[]; get: (path: string) => Promise<ClientResponse> },
): Promise<OperationResult> {
  const cdn: CdnFacts = { asked: 0, failed: 0 };
  const results = await Promise.all(assets.map((asset) => loadAsset(visit, asset, { get, cdn })));
  const broken = results.find((result) => result !== undefined);
  return { ...(broken ?? page), ...(cdn.asked === 0 ? {} : { cdn }) };
}

/** Undefined when it is there. */
async function loadAsset(
  visit: Visit,
  { url, fallbackUrl }: Asset,
  { get, cdn }: { get: (path: string) => Promise<ClientResponse>; cdn: CdnFacts },
): Promise<OperationResult | undefined> {
  const { user, http } = visit;
  const isElsewhere = !url.startsWith('/');
  const { host, pathname: path } = new URL(url, 'http://site');
  // A path names one content: the app knows it again wherever it came from. A browser goes by the whole address.
  const key = user.user.client === 'mobile' ? path : url;
  if (user.cachedAssets.has(key)) return undefined;
  if (isElsewhere) cdn.asked += 1;
  const response = isElsewhere
    ? await http.request({ method: 'GET', host, path, timeoutMs: CDN_LIMIT_MS })
    : await get(path);
  const result = readOutcome(response);
  if (result.outcome === 'ok') {
    rememberAsset(user, key);
    return undefined;
  }
  if (!isElsewhere) return result.status === 404 ? { ...result, error: 'missing' } : result;
  cdn.failed += 1;
  if (fallbackUrl !== undefined) return await loadAsset(visit, { url: fallbackUrl }, { get, cdn });
  // Where it was asked for is not where the operation went.
  const { datacenter, ...failure } = result;
  return { ...failure, error: `cdn: ${failure.error}` };
}

function rememberAsset({ cachedAssets }: PhotoUser, key: string): void {
  const [oldest] = cachedAssets;
  if (cachedAssets.size >= ASSETS_CACHED_MAX && oldest !== undefined) cachedAssets.delete(oldest);
  cachedAssets.add(key);
}
