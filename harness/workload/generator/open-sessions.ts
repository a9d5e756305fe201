import { messageOf } from '../../base/errors.ts';
import type { Random } from '../../base/random.ts';
import type { ClientHttp, ClientModel, ClientUser } from '../../model/workload.ts';
import type { Session } from './sessions.ts';

/** Log-ins hash passwords: more at a time only queue up in the web servers. */
const OPENING_AT_ONCE_MAX = 8;
const ATTEMPTS = 3;

export interface OpenSessionsOptions {
  users: readonly ClientUser[];
  model: ClientModel;
  httpFor(user: ClientUser, attempt: number): ClientHttp;
  random: Random;
  /** Stops opening further sessions. */
  signal: AbortSignal;
}

export interface OpenedSessions {
  sessions: Session[];
  /** One for each user whose session could not be opened in three attempts. */
  problems: string[];
}

/** Registers and logs in every user, a few at a time, each with three attempts. */
export async function openSessions({
  users,
  model,
  httpFor,
  random,
  signal,
}: OpenSessionsOptions): Promise<OpenedSessions> {
  const opened: OpenedSessions = { sessions: [], problems: [] };
  const waiting = [...users];

  const open = async (user: ClientUser): Promise<void> => {
    let problem = '';
    for (let attempt = 1; attempt <= ATTEMPTS && !signal.aborted; attempt += 1) {
      try {
        const state = await model.open(user, httpFor(user, attempt), random.split(user.process));
        opened.sessions.push({ user, state });
        return;
      } catch (thrown) {
        problem = messageOf(thrown);
      }
    }
    opened.problems.push(`${user.id}: ${problem}`);
  };
  const openInTurn = async (): Promise<void> => {
    for (let user = waiting.shift(); user !== undefined && !signal.aborted; user = waiting.shift()) await open(user);
  };
  await Promise.all(Array.from({ length: OPENING_AT_ONCE_MAX }, openInTurn));
  opened.sessions.sort((a, b) => a.user.process - b.user.process);
  opened.problems.sort();
  return opened;
}
