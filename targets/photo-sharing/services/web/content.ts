import { setTimeout as sleep } from 'node:timers/promises';
import type { Caches, Lock, Version } from './caches.ts';
import { Deadline } from './deadline.ts';
import { comparablePosition, type ReadPosition } from './read-position.ts';
import type { RunQuery } from './sql-connections.ts';
import type { ReadOptions, ReadResult, SqlReader } from './sql-read.ts';

/** Feeds are not among them: each belongs to one user, and has changed before that user looks again. */
export type ContentKind = 'photo' | 'profile';

/** Something that many look at, by its name: `photo:42`. */
export type ContentKey = `${ContentKind}:${string}`;

/** What people look at, from the database or from somewhere nearer. */
export interface Content {
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

  async find<T>(_key: ContentKey, options: ReadOptions, load: Load<T | undefined>) {
    return await this.#reader.find(options, load);
  }

  async changed(): Promise<void> {}
}

/** How long what was loaded may be served. */
const LIFETIME_MS = 30_000;
/** Entries that were made together do not end together. */
const LIFETIME_SPREAD = 0.2;
/** How long a web server waits for what another one loads, before it loads it as well. */
const OTHERS_LIMIT_MS = 300;
const OTHERS_POLL_MS = 15;
/** Whoever finds twice that what others loaded is too old for it loads by itself. */
const SHARED_LOADS_MAX = 2;

export interface CachedContentOptions {
  caches: Caches;
  reader: SqlReader;
  onLookUp(kind: ContentKind, result: CacheResult): void;
  onLoad(kind: ContentKind): void;
  /** Everybody who misses something loads it. */
  unprotected?: boolean;
  /** Writes end nothing, and clients are shown what there is, even if they have changed it. */
  uninvalidated?: boolean;
}

/** An entry's value, with all that an answer tells of its source. */
interface Entry {
  value: unknown;
  readFrom: string;
  stalenessMs: number;
  loadedAtMs: number;
}

interface Loaded<T> {
  result: ReadResult<T>;
  /** Empty: not known. */
  version: string;
}

/** What somebody wants who found nothing new enough. */
interface Want<T> {
  key: ContentKey;
  /** The client's own position, or empty. */
  leastVersion: string;
  lock: Lock | undefined;
  read(): Promise<ReadResult<T>>;
}

/**
 * A read-through cache, kept in step with writes by positions in the database's log. An entry holds what a database had
 * at a position, a write leaves the position of its commit behind, and nothing older replaces what is there. So a load
 * that began before a write cannot bring back what the write changed, and a client that has written takes only what was
 * read at its own position or later: with a cache gone, slow or flushed there are only more misses. Others may be shown
 * what was overwritten, for no longer than an entry lives: when a cache could not be told of the write, or when the write
 * was made in another datacenter and the word of it was lost.
 *
 * Of those who miss the same thing at one time, one loads it. The others of this web server wait for that, and so does
 * one of each other web server that shares the caches, but only for a moment: then it loads by itself.
 */
export class CachedContent implements Content {
  readonly #options: CachedContentOptions;
  readonly #loading = new Map<string, Promise<Loaded<unknown>>>();

  constructor(options: CachedContentOptions) {
    this.#options = options;
  }

  async find<T>(key: ContentKey, options: ReadOptions, load: Load<T | undefined>): Promise<ReadResult<T | undefined>> {
    return await this.#through(key, options, () => this.#options.reader.find(options, load));
  }

  async changed(keys: readonly ContentKey[], position: ReadPosition): Promise<void> {
    const { caches, uninvalidated = false } = this.#options;
    if (uninvalidated) return;
    await caches.end(keys, comparablePosition(position), LIFETIME_MS);
  }

  async #through<T>(key: ContentKey, { position }: ReadOptions, read: () => Promise<ReadResult<T>>) {
    const { caches, onLookUp, unprotected = false, uninvalidated = false } = this.#options;
    const leastVersion = position === undefined || uninvalidated ? '' : comparablePosition(position);
    const { found, lock } = await caches.lookUp(key, leastVersion);
    const entry = newEnough(found, leastVersion);
    onLookUp(kindOf(key), entry !== undefined ? 'hit' : found === undefined || found.text === '' ? 'miss' : 'older');
    if (entry !== undefined) return resultOf<T>(entry);
    const want = { key, leastVersion, lock, read };
    return (unprotected ? await this.#load(want) : await this.#loadOnce(want)).result;
  }

  /** Joins a load that somebody has begun, or begins one. */
  async #loadOnce<T>(want: Want<T>): Promise<Loaded<T>> {
    for (let tries = 0; tries < SHARED_LOADS_MAX; tries += 1) {
      const shared = this.#loading.get(want.key) as Promise<Loaded<T>> | undefined;
      if (shared === undefined) return await this.#beginLoad(want);
      // That load may be waiting for this very lock.
      want.lock?.release();
      want.lock = undefined;
      const loaded = await shared;
      // It may have begun before this client's own write.
      if (loaded.version >= want.leastVersion) return loaded;
    }
    return await this.#load(want);
  }

  #beginLoad<T>(want: Want<T>): Promise<Loaded<T>> {
    const loading = this.#loadOrAwait(want).finally(() => this.#loading.delete(want.key));
    this.#loading.set(want.key, loading);
    return loading;
  }

  /** Loads with the lock; without it, waits for what its owner loads, or for the lock. */
  async #loadOrAwait<T>(want: Want<T>): Promise<Loaded<T>> {
    const { key, leastVersion } = want;
    const limit = Deadline.after(OTHERS_LIMIT_MS);
    let { lock } = want;
    while (lock === undefined && limit.remainingMs > 0) {
      await sleep(OTHERS_POLL_MS);
      const lookUp = await this.#options.caches.lookUp(key, leastVersion);
      const entry = newEnough(lookUp.found, leastVersion);
      if (entry !== undefined) return { result: resultOf<T>(entry), version: entry.version };
      lock = lookUp.lock;
    }
    return await this.#load({ ...want, lock });
  }

  async #load<T>({ key, lock, read }: Want<T>): Promise<Loaded<T>> {
    this.#options.onLoad(kindOf(key));
    let held = lock;
    try {
      const result = await read();
      const version = result.contains === undefined ? '' : comparablePosition(result.contains);
      // A standby that cannot tell how old it is says null, and the primary nothing: it is up to date.
      const { value, readFrom, stalenessMs = 0 } = result;
      if (value !== undefined && stalenessMs !== null && version !== '') {
        const entry: Entry = { value, readFrom, stalenessMs, loadedAtMs: Date.now() };
        const lifetimeMs = Math.round(LIFETIME_MS * (1 - LIFETIME_SPREAD * Math.random()));
        held = undefined;
        await this.#options.caches.put(key, { version, text: JSON.stringify(entry) }, lifetimeMs, lock);
      }
      return { result, version };
    } finally {
      held?.release();
    }
  }
}

function newEnough(found: Version | undefined, leastVersion: string): Version | undefined {
  return found !== undefined && found.text !== '' && found.version >= leastVersion ? found : undefined;
}

function resultOf<T>({ text }: Version): ReadResult<T> {
  const { value, readFrom, stalenessMs, loadedAtMs } = JSON.parse(text) as Entry;
  return { value: value as T, readFrom, stalenessMs: stalenessMs + Math.max(0, Date.now() - loadedAtMs) };
}

function kindOf(key: ContentKey): ContentKind {
  return key.slice(0, key.indexOf(':')) as ContentKind;
}
