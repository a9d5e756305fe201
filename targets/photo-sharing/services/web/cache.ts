import { Redis } from 'ioredis';
import type { Address } from '../environment.ts';
import type { Logger } from '../log.ts';

const ANSWER_LIMIT_MS = 200;
const RECONNECT_MS_MAX = 500;

export interface CacheOptions {
  address: Address;
  log: Logger;
  onError: () => void;
}

const VERSION_LENGTH = 16;

/** A text and how new it is: versions are texts of sixteen characters, and the newer one sorts later. */
export interface Version {
  version: string;
  text: string;
}

/** Compares and replaces in one step: KEYS key, ARGV version, text, lifetime in milliseconds. */
const REPLACE_OLDER = `
local stored = redis.call('GET', KEYS[1])
if stored and string.sub(stored, 1, ${VERSION_LENGTH}) > ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1] .. ARGV[2], 'PX', ARGV[3])
return 1`;

/** Redis as a cache: whatever is wrong with it counts as a miss, at once or within 200 ms. */
export class Cache {
  readonly #redis: Redis;
  readonly #onError: () => void;

  constructor({ address, log, onError }: CacheOptions) {
    this.#onError = onError;
    this.#redis = new Redis({
      host: address.host,
      port: address.port,
      // Redis 7.0 does not know CLIENT SETINFO: its refusals would show up as failed spans.
      disableClientInfo: true,
      // Without a connection a command fails at once; it does not wait for one.
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      connectTimeout: 1000,
      // A peer that vanished without a FIN is given up with the first command that it leaves unanswered.
      commandTimeout: ANSWER_LIMIT_MS,
      socketTimeout: ANSWER_LIMIT_MS,
      keepAlive: 1000,
      retryStrategy: (attempt) => Math.min(attempt * 50, RECONNECT_MS_MAX),
    });
    this.#redis.on('error', (error) => log.debug({ err: error }, 'the cache connection broke'));
  }

  async get(key: string): Promise<string | undefined> {
    return await this.#orMiss(async () => (await this.#redis.get(key)) ?? undefined);
  }

  async set(key: string, value: string, lifetimeSeconds: number): Promise<void> {
    await this.#orMiss(async () => void (await this.#redis.set(key, value, 'EX', lifetimeSeconds)));
  }

  /** What `replaceOlder` has left under the key. */
  async getVersion(key: string): Promise<Version | undefined> {
    const stored = await this.get(key);
    return stored === undefined
      ? undefined
      : { version: stored.slice(0, VERSION_LENGTH), text: stored.slice(VERSION_LENGTH) };
  }

  /** Takes the place of anything that is not newer. */
  async replaceOlder(key: string, { version, text }: Version, lifetimeMs: number): Promise<void> {
    await this.#orMiss(async () => void (await this.#redis.eval(REPLACE_OLDER, 1, key, version, text, lifetimeMs)));
  }

  async remove(key: string): Promise<void> {
    await this.#orMiss(async () => void (await this.#redis.del(key)));
  }

  close(): void {
    this.#redis.disconnect();
  }

  async #orMiss<T>(command: () => Promise<T | undefined>): Promise<T | undefined> {
    try {
      return await command();
    } catch {
      this.#onError();
      return undefined;
    }
  }
}
