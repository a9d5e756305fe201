import type { Caches } from './caches.ts';
import { notLoggedIn } from './problems.ts';
import { comparablePosition, type ReadPosition } from './read-position.ts';
import type { RunQuery } from './sql-connections.ts';
import type { SqlReader } from './sql-read.ts';
import type { Write } from './sql-write.ts';

const LIFETIME_MS = 60_000;

/** Who a session token belongs to. Making and ending sessions is a write like any other; this only knows them. */
export interface Sessions {
  /** Called after the session was committed, with the position of that. */
  remember(token: string, userId: string, position: ReadPosition): Promise<void>;
  /** @throws RequestProblem 401 when there is certainly no such session, 503 when that cannot be known now. */
  userOf(token: string | undefined, position: ReadPosition | undefined): Promise<string>;
  /** Called after the end of the session was committed, with the position of that. */
  forget(token: string, position: ReadPosition): Promise<void>;
}

/**
 * Sessions live in the database, so that any web server of any datacenter knows them; the caches only save a read. A
 * log-out leaves its position in them, so that no read which began before it brings the session back. A cache that does
 * not hear of it, in this datacenter or in another one, may let the session live on for up to 60 s.
 */
export class StoredSessions implements Sessions {
  readonly #caches: Caches;
  readonly #reader: SqlReader;

  constructor({ caches, reader }: { caches: Caches; reader: SqlReader }) {
    this.#caches = caches;
    this.#reader = reader;
  }

  async remember(token: string, userId: string, position: ReadPosition): Promise<void> {
    await this.#caches.put(cacheKey(token), { version: comparablePosition(position), text: userId }, LIFETIME_MS);
  }

  async userOf(token: string | undefined, position: ReadPosition | undefined): Promise<string> {
    if (token === undefined) throw notLoggedIn();
    const cached = (await this.#caches.get(cacheKey(token)))?.text;
    const userId = cached === undefined || cached === '' ? await this.#stored(token, position) : cached;
    if (userId === undefined) throw notLoggedIn();
    return userId;
  }

  async forget(token: string, position: ReadPosition): Promise<void> {
    await this.#caches.end([cacheKey(token)], comparablePosition(position), LIFETIME_MS);
  }

  async #stored(token: string, position: ReadPosition | undefined): Promise<string | undefined> {
    const { value: userId, contains } = await this.#reader.find({ position }, (query) => findSession(query, token));
    if (userId !== undefined && contains !== undefined) await this.remember(token, userId, contains);
    return userId;
  }
}

/**
 * Each web server knows only those who logged in with it, and forgets them when it ends. The rows are still committed:
 * nothing but the loss of sessions tells one way from the other.
 */
export class MemorySessions implements Sessions {
  readonly #users = new Map<string, string>();

  async remember(token: string, userId: string): Promise<void> {
    this.#users.set(token, userId);
  }

  async userOf(token: string | undefined): Promise<string> {
    const userId = token === undefined ? undefined : this.#users.get(token);
    if (userId === undefined) throw notLoggedIn();
    return userId;
  }

  async forget(token: string): Promise<void> {
    this.#users.delete(token);
  }
}

/** The write that makes a session; a repeated log-in gets the first one's token. */
export function logInWrite({ writeId, userId, token }: { writeId: string; userId: string; token: string }): Write {
  const id = `session-${writeId}`;
  return {
    writeId,
    kind: 'log-in',
    userId,
    subjectId: id,
    details: { session: token, userId },
    apply: async (query) => {
      await query('INSERT INTO sessions (token, id, user_id) VALUES ($1, $2, $3)', [token, id, userId]);
    },
  };
}

/** The write that ends a session; 401 when it had ended before (a repetition of this very write is answered as usual). */
export function logOutWrite({ writeId, session }: { writeId: string; session: SessionRow }): Write {
  return {
    writeId,
    kind: 'log-out',
    userId: session.userId,
    subjectId: session.id,
    apply: async (query) => {
      const text = 'UPDATE sessions SET ended_at = now() WHERE id = $1 AND ended_at IS NULL';
      const { rowCount } = await query(text, [session.id]);
      if (rowCount === 0) throw notLoggedIn();
    },
  };
}

export interface SessionRow {
  id: string;
  userId: string;
}

/** The session of a token, ended or not. */
export async function findSessionRow(query: RunQuery, token: string): Promise<SessionRow | undefined> {
  return (await query<SessionRow>('SELECT id, user_id AS "userId" FROM sessions WHERE token = $1', [token])).rows[0];
}

async function findSession(query: RunQuery, token: string): Promise<string | undefined> {
  const { rows } = await query<{ user_id: string }>(
    'SELECT user_id FROM sessions WHERE token = $1 AND ended_at IS NULL',
    [token],
  );
  return rows[0]?.user_id;
}

function cacheKey(token: string): string {
  return `session:${token}`;
}
