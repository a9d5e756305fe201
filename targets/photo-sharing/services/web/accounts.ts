import { conflict, notFound } from './problems.ts';
import type { RunQuery } from './sql-connections.ts';
import type { Write } from './sql-write.ts';

export interface Account {
  writeId: string;
  id: string;
  name: string;
  passwordHash: string;
}

/** The write that makes an account; 409 when the id is taken. */
export function accountWrite({ writeId, id, name, passwordHash }: Account): Write {
  return {
    writeId,
    kind: 'account',
    userId: id,
    subjectId: id,
    apply: async (query) => {
      const { rowCount } = await query(
        'INSERT INTO users (id, name, password_hash) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING',
        [id, name, passwordHash],
      );
      if (rowCount === 0) throw conflict('account-exists');
    },
  };
}

/** The write that changes a user's own name. */
export function profileWrite({ writeId, userId, name }: { writeId: string; userId: string; name: string }): Write {
  return {
    writeId,
    kind: 'profile',
    userId,
    subjectId: userId,
    changes: [`profile:${userId}`],
    apply: async (query) => {
      const { rowCount } = await query('UPDATE users SET name = $2 WHERE id = $1', [userId, name]);
      if (rowCount === 0) throw notFound('no-such-user');
    },
  };
}

export async function findPasswordHash(query: RunQuery, userId: string): Promise<string | undefined> {
  const { rows } = await query<{ password_hash: string }>('SELECT password_hash FROM users WHERE id = $1', [userId]);
  return rows[0]?.password_hash;
}

export interface Profile {
  id: string;
  name: string;
  photos: number;
  followers: number;
  following: number;
}

const PROFILE_SQL = `
SELECT id, name,
       (SELECT count(*)::int FROM photos WHERE user_id = users.id) AS photos,
       (SELECT count(DISTINCT follower_id)::int FROM follows WHERE followee_id = users.id) AS followers,
       (SELECT count(DISTINCT followee_id)::int FROM follows WHERE follower_id = users.id) AS following
FROM users WHERE id = $1`;

export async function findProfile(query: RunQuery, userId: string): Promise<Profile | undefined> {
  return (await query<Profile>(PROFILE_SQL, [userId])).rows[0];
}
