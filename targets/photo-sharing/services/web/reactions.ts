import pg from 'pg';
import { conflict, notFound } from './problems.ts';
import type { RunQuery } from './sql-connections.ts';
import type { Write } from './sql-write.ts';

const FOREIGN_KEY_VIOLATION = '23503';

/** The write that likes a photo. */
export function likeWrite(like: { writeId: string; userId: string; id: string; photoId: string }): Write {
  const { writeId, userId, id, photoId } = like;
  return {
    writeId,
    kind: 'like',
    userId,
    subjectId: id,
    changes: [`photo:${photoId}`],
    apply: (query) =>
      insertReaction(query, {
        text: 'INSERT INTO likes (id, photo_id, user_id) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING',
        values: [id, photoId, userId],
        taken: 'like-exists',
        missing: 'no-such-photo',
      }),
  };
}

/** The write that follows a user. */
export function followWrite(follow: { writeId: string; userId: string; id: string; followeeId: string }): Write {
  const { writeId, userId, id, followeeId } = follow;
  return {
    writeId,
    kind: 'follow',
    userId,
    subjectId: id,
    changes: [`profile:${userId}`, `profile:${followeeId}`],
    apply: (query) =>
      insertReaction(query, {
        text: 'INSERT INTO follows (id, follower_id, followee_id) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING',
        values: [id, userId, followeeId],
        taken: 'follow-exists',
        missing: 'no-such-user',
      }),
  };
}

interface Reaction {
  text: string;
  values: unknown[];
  taken: string;
  missing: string;
}

async function insertReaction(query: RunQuery, { text, values, taken, missing }: Reaction): Promise<void> {
  try {
    const { rowCount } = await query(text, values);
    if (rowCount === 0) throw conflict(taken);
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === FOREIGN_KEY_VIOLATION) throw notFound(missing);
    throw error;
  }
}
