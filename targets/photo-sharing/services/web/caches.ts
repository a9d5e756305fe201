import { hash, randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Cache } from './cache.ts';

const VERSION_LENGTH = 16;
/** Longer than nearly every load, so that it ends only by itself when its web server died over it. */
const LOCK_MS = 1000;

/** A text and how new it is: versions are texts of sixteen characters, and the newer one sorts later. */
export interface Version {
  version: string;
  /** Empty: what there was is outdated. */
  text: string;
}

export interface LookUp {
  /** Undefined when there is nothing, or no cache answers. */
  found: Version | undefined;
  /** Given to one of those who find nothing new enough, and to everybody when no cache answers. */
  lock: Lock | undefined;
}

/** Its owner is to load what is missing; the others wait for that. It ends with what its owner puts, or is released. */
export interface Lock {
  readonly token: string;
  release(): void;
}

/**
 * KEYS key, lock; ARGV least version, token, lifetime of the lock in milliseconds. Answers what is there, and whether the
 * lock was taken: only when what is there is empty or older, and nobody has it.
 */
const LOOK_UP = `
local stored = redis.call('GET', KEYS[1])
if stored and #stored > ${VERSION_LENGTH} and string.sub(stored, 1, ${VERSION_LENGTH}) >= ARGV[1] then return {stored, 0} end
local taken = redis.call('SET', KEYS[2], ARGV[2], 'NX', 'PX', ARGV[3])
return {stored, taken and 1 or 0}`;

/** A lock that has passed to somebody else is left alone. */
const UNLOCK = (lock: string, token: string) =>
  `if redis.call('GET', ${lock}) == ${token} then redis.call('DEL', ${lock}) end`;

/** KEYS lock; ARGV token. */
const RELEASE = UNLOCK('KEYS[1]', 'ARGV[1]');

/** KEYS key, lock; ARGV version, text, lifetime in milliseconds, token. Compares and replaces in one step. */
const PUT = `
${UNLOCK('KEYS[2]', 'ARGV[4]')}
local stored = redis.call('GET', KEYS[1])
if stored and string.sub(stored, 1, ${VERSION_LENGTH}) > ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1] .. ARGV[2], 'PX', ARGV[3])
return 1`;

/** KEYS keys; ARGV version, lifetime in milliseconds. */
const END = `
for _, key in ipairs(KEYS) do
  local stored = redis.call('GET', key)
  if not stored or string.sub(stored, 1, ${VERSION_LENGTH}) <= ARGV[1] then redis.call('SET', key, ARGV[1], 'PX', ARGV[2]) end
end`;

const NO_LOCK: Lock = { token: '', release: () => undefined };

const lockOf = (key: string) => `lock:${key}`;

/**
 * The caches of a zone, as one: whatever is wrong with them counts as a miss. Each key has its home in one of them, the
 * same for every web server, and is looked up and put elsewhere while its home does not answer. So an entry can be left
 * behind in another cache than the one where it is looked up next; what ends an entry is therefore told to all of them,
 * and what a cache that cannot be reached still has is served for no longer than it lives.
 *
 * A cache that is silent costs 200 ms once, and nothing while it is being reconnected.
 */
export class Caches {
  readonly #own: readonly Cache[];
  readonly #elsewhere: readonly Cache[];

  /** Those of this zone, in any order, and those of other zones. */
  constructor({ own, elsewhere }: { own: readonly Cache[]; elsewhere: readonly Cache[] }) {
    this.#own = own;
    this.#elsewhere = elsewhere;
  }

  async get(key: string): Promise<Version | undefined> {
    return versionOf(await this.#atHome(key, (redis) => redis.get(key)));
  }

  /** What `put` left under the key, and the right to load it when that is older than this version (empty: any will do). */
  async lookUp(key: string, leastVersion: string): Promise<LookUp> {
    const token = randomUUID();
    const lockKey = lockOf(key);
    const ask = (redis: Redis) => redis.eval(LOOK_UP, 2, key, lockKey, leastVersion, token, LOCK_MS);
    const answer = (await this.#atHome(key, ask)) as [string | null, number] | undefined;
    if (answer === undefined) return { found: undefined, lock: NO_LOCK };
    const [stored, taken] = answer;
    const release = () => void this.#atHome(key, (redis) => redis.eval(RELEASE, 1, lockKey, token));
    return { found: versionOf(stored), lock: taken === 1 ? { token, release } : undefined };
  }

  /** Takes the place of anything that is not newer, and ends the lock of whoever has loaded it. */
  async put(key: string, { version, text }: Version, lifetimeMs: number, lock = NO_LOCK): Promise<void> {
    const { token } = lock;
    await this.#atHome(key, (redis) => redis.eval(PUT, 2, key, lockOf(key), version, text, lifetimeMs, token));
  }

  /**
   * Ends everything under the keys that is older. All caches of the zone have been told when this returns, unless they do
   * not answer; those of other zones are on their way to be.
   */
  async end(keys: readonly string[], version: string, lifetimeMs: number): Promise<void> {
    if (keys.length === 0) return;
    const tell = (cache: Cache) =>
      cache.ask((redis) => redis.eval(END, keys.length, ...keys, version, lifetimeMs)).catch(() => undefined);
    for (const cache of this.#elsewhere) void tell(cache);
    await Promise.all(this.#own.map(tell));
  }

  close(): void {
    for (const cache of [...this.#own, ...this.#elsewhere]) cache.close();
  }

  /** Undefined when no cache answers. */
  async #atHome<T>(key: string, command: (redis: Redis) => Promise<T>): Promise<T | undefined> {
    for (const cache of byPreference(this.#own, key)) {
      try {
        return await cache.ask(command);
      } catch {
        // The next one takes its place.
      }
    }
    return undefined;
  }
}

/** Rendezvous hashing (Thaler and Ravishankar, 1998): when a cache goes, only its own keys move. */
export function byPreference<C extends { name: string }>(caches: readonly C[], key: string): C[] {
  const scored = caches.map((cache) => ({ cache, score: hash('sha1', `${cache.name} ${key}`) }));
  return scored.sort((one, other) => (one.score < other.score ? -1 : 1)).map(({ cache }) => cache);
}

function versionOf(stored: string | null | undefined): Version | undefined {
  if (stored === null || stored === undefined) return undefined;
  return { version: stored.slice(0, VERSION_LENGTH), text: stored.slice(VERSION_LENGTH) };
}
