import { randomBytes } from 'node:crypto';
import { findPasswordHash } from './accounts.ts';
import type { AssetAddresses } from './asset-addresses.ts';
import type { Content } from './content.ts';
import { isPassword } from './passwords.ts';
import { notLoggedIn, RequestProblem } from './problems.ts';
import type { ReadPosition } from './read-position.ts';
import { findSessionRow, logInWrite, logOutWrite, type Sessions } from './sessions.ts';
import type { SqlReader } from './sql-read.ts';
import type { Committed, SqlWriter, Write } from './sql-write.ts';

const TOKEN_BYTES = 24;

/** What the routes work with. */
export interface Site {
  /** This web server's name: the tokens it issues begin with it, so that a load balancer can be made sticky. */
  node: string;
  reader: SqlReader;
  writer: SqlWriter;
  content: Content;
  sessions: Sessions;
  /** Where clients find assets. */
  assets: AssetAddresses;
  /** Told whose photo or profile somebody looked at. */
  onView: (owner: string) => void;
}

/** Commits a write, and sees to it that nobody is shown for long what it has changed. */
export async function commit(site: Site, write: Write): Promise<Committed> {
  const committed = await site.writer.commit(write);
  await site.content.changed(write.changes ?? [], committed.position);
  return committed;
}

export interface Credentials {
  writeId: string;
  userId: string;
  password: string;
  position: ReadPosition | undefined;
}

/**
 * Makes a session, known to every web server before this returns. The receipt's `session` is its token.
 * @throws RequestProblem 401 when user and password do not fit.
 */
export async function logIn(site: Site, { writeId, userId, password, position }: Credentials): Promise<Committed> {
  const { value: hash } = await site.reader.find({ position }, (query) => findPasswordHash(query, userId));
  if (hash === undefined || !(await isPassword(password, hash))) throw new RequestProblem(401, 'wrong-credentials');
  const token = `${site.node}.${randomBytes(TOKEN_BYTES).toString('base64url')}`;
  const committed = await site.writer.commit(logInWrite({ writeId, userId, token }));
  // The session of a repeated log-in may have ended meanwhile.
  if (!committed.repeated) await site.sessions.remember(sessionOf(committed), userId, committed.position);
  return committed;
}

/**
 * Ends a session.
 * @throws RequestProblem 401 when there is none.
 */
export async function logOut(
  site: Site,
  { writeId, token, position }: { writeId: string; token: string | undefined; position: ReadPosition | undefined },
): Promise<Committed> {
  if (token === undefined) throw notLoggedIn();
  const { value: session } = await site.reader.find({ position }, (query) => findSessionRow(query, token));
  if (session === undefined) throw notLoggedIn();
  const committed = await site.writer.commit(logOutWrite({ writeId, session }));
  await site.sessions.forget(token, committed.position);
  return committed;
}

/** The token in the receipt of a log-in. */
export function sessionOf({ receipt }: Committed): string {
  return String(receipt.session);
}
