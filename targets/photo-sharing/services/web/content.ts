import type { Cache } from './cache.ts';
import { comparablePosition, type ReadPosition } from './read-position.ts';
import type { RunQuery } from './sql-connections.ts';
import type { ReadOptions, ReadResult, SqlReader } from './sql-read.ts';

export type ContentKind = 'photo' | 'profile' | 'feed';

/** Something that many look at, by its name: `photo:42`. */
export type ContentKey = `${ContentKind}:${string}`;

/** What people look at, from the database or from somewhere nearer. */
export interface Content {
  /** Like `SqlReader.read`. */
  read<T>(key: ContentKey, options: ReadOptions, load: Load<T>): Promise<ReadResult<T>>;
  /** Like `SqlReader.find`. */
  find<T>(key: ContentKey, options: ReadOptions, load: Load<T | undefined>): Promise<ReadResult<T | undefined>>;
  /** Called after a write of these was committed, before it is acknowledged. */
  changed(keys: readonly ContentKey[], position: ReadPosition): Promise<void>;
}

export type Load<T> = (query: RunQuery) => Promise<T>;
export type CacheResult = 'hit' | 'miss' | 'older';

/** Everything from the database, every time. */
export class UncachedContent implements Content {
  readonly #reader: SqlReader;

  constructor(reader: SqlReader) {
    this.#reader = reader;
  }

  async read<T>(_key: ContentKey, options: ReadOptions, load: Load<T>): Promise<ReadResult<T>> {
    return await this.#reader.read(options, load);
  }

  async find<T>(_key: ContentKey, options: ReadOptions, load: Load<T | undefined>) {
    return await this.#reader.find(options, load);
  }

  async changed(): Promise<void> {}
}

/** How long what was loaded may be served; a feed changes with every photo of everybody whom its user follows. */
const LIFETIME_MS: Readonly<Record<ContentKind, number>> = { photo: 30_000, profile: 30_000, feed: 2000 };
/** Entries that were made together do not end together. */
const LIFETIME_SPREAD = 0.2;

export interface CachedContentOptions {
  cache: Cache;
  reader: SqlReader;
  onLookUp(kind: ContentKind, result: CacheResult): void;
  onLoad(kind: ContentKind): void;
}

/** An entry's value, with all that an answer tells of its source. */
interface Entry {
  value: unknown;
  readFrom: string;
  stalenessMs: number;
  loadedAtMs: number;
}

/**
 * A read-through cache, kept in step with writes by positions in the database's log. An entry holds what a standby had
 * when it had replayed a position; a write leaves the position of its commit behind, and nothing older replaces what is
 * there. So a load that began before a write cannot bring back what the write changed, and a client that has written
 * takes only what was read at its own position or later: with Redis gone, slow or flushed there are only more misses.
 *
 * What the primary answers is not kept: a commit that still waits for the standby is in the log and not yet seen by a
 * reader, so no position of the primary says what a read there contains.
 *
 * Of those who miss the same thing at one time, one loads it and the others of this web server wait.
 */
export class CachedContent implements Content {
  readonly #options: CachedContentOptions;
  readonly #loading = new Map<string, Promise<ReadResult<unknown>>>();

  constructor(options: CachedContentOptions) {
    this.#options = options;
  }

  async read<T>(key: ContentKey, options: ReadOptions, load: Load<T>): Promise<ReadResult<T>> {
    return await this.#through(key, options, () => this.#options.reader.read(options, load));
  }

  async find<T>(key: ContentKey, options: ReadOptions, load: Load<T | undefined>): Promise<ReadResult<T | undefined>> {
    return await this.#through(key, options, () => this.#options.reader.find(options, load));
  }

  async changed(keys: readonly ContentKey[], position: ReadPosition): Promise<void> {
    const version = comparablePosition(position);
    await Promise.all(
      keys.map((key) => this.#options.cache.replaceOlder(key, { version, text: '' }, LIFETIME_MS[kindOf(key)])),
    );
  }

  async #through<T>(key: ContentKey, { position }: ReadOptions, load: () => Promise<ReadResult<T>>) {
    const { cache, onLookUp } = this.#options;
    const kind = kindOf(key);
    const found = await cache.getVersion(key);
    const hasValue = found !== undefined && found.text !== '';
    const isFresh = hasValue && (position === undefined || found.version >= comparablePosition(position));
    onLookUp(kind, isFresh ? 'hit' : hasValue ? 'older' : 'miss');
    if (!isFresh) return await this.#load(key, position, load);
    const { value, readFrom, stalenessMs, loadedAtMs } = JSON.parse(found.text) as Entry;
    return { value: value as T, readFrom, stalenessMs: stalenessMs + Math.max(0, Date.now() - loadedAtMs) };
  }

  async #load<T>(
    key: ContentKey,
    position: ReadPosition | undefined,
    load: () => Promise<ReadResult<T>>,
  ): Promise<ReadResult<T>> {
    const shared = this.#loading.get(key) as Promise<ReadResult<T>> | undefined;
    if (shared !== undefined) {
      const result = await shared;
      // What somebody else waited for may have begun before this client's own write.
      return contains(result, position) ? result : await this.#fetch(key, load);
    }
    const loading = this.#fetch(key, load).finally(() => this.#loading.delete(key));
    this.#loading.set(key, loading);
    return await loading;
  }

  async #fetch<T>(key: ContentKey, load: () => Promise<ReadResult<T>>): Promise<ReadResult<T>> {
    const { cache, onLoad } = this.#options;
    const kind = kindOf(key);
    onLoad(kind);
    const result = await load();
    const { value, readFrom, stalenessMs, replayed } = result;
    if (value === undefined || typeof stalenessMs !== 'number' || replayed === undefined) return result;
    const entry: Entry = { value, readFrom, stalenessMs, loadedAtMs: Date.now() };
    const lifetimeMs = Math.round(LIFETIME_MS[kind] * (1 - LIFETIME_SPREAD * Math.random()));
    await cache.replaceOlder(key, { version: comparablePosition(replayed), text: JSON.stringify(entry) }, lifetimeMs);
    return result;
  }
}

function contains({ replayed }: ReadResult<unknown>, position: ReadPosition | undefined): boolean {
  if (position === undefined) return true;
  return replayed !== undefined && comparablePosition(replayed) >= comparablePosition(position);
}

function kindOf(key: ContentKey): ContentKind {
  return key.slice(0, key.indexOf(':')) as ContentKind;
}
