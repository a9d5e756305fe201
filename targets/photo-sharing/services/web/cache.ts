import { Redis } from 'ioredis';
import type { NamedAddress } from '../environment.ts';
import type { Logger } from '../log.ts';

const ANSWER_LIMIT_MS = 200;
const RECONNECT_MS_MAX = 500;

export interface CacheOptions {
  address: NamedAddress;
  log: Logger;
  onError: (cache: string) => void;
}

/** One Redis: it answers within 200 ms, or fails; while it is gone, at once. */
export class Cache {
  readonly name: string;
  readonly #redis: Redis;
  readonly #onError: (cache: string) => void;

  constructor({ address: { name, host, port }, log, onError }: CacheOptions) {
    this.name = name;
    this.#onError = onError;
    this.#redis = new Redis({
      ...{ host, port },
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
    this.#redis.on('error', (error) => log.debug({ err: error, cache: name }, 'the cache connection broke'));
  }

  get isConnected(): boolean {
    return this.#redis.status === 'ready';
  }

  /** @throws Error when it did not answer: whether the command was carried out is then unknown. */
  async ask<T>(command: (redis: Redis) => Promise<T>): Promise<T> {
    try {
      return await command(this.#redis);
    } catch (error) {
      this.#onError(this.name);
      throw error;
    }
  }

  close(): void {
    this.#redis.disconnect();
  }
}
