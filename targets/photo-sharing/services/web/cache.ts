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
