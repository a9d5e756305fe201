import { type Image, imageUrl } from './images.ts';
import { conflict, notFound } from './problems.ts';
import type { RunQuery } from './sql-connections.ts';
import type { Write } from './sql-write.ts';

export interface NewPhoto {
  writeId: string;
  userId: string;
  id: string;
  caption: string;
  image: Image;
}

/** The write that publishes a photo; 409 when the id is taken. */
export function photoWrite({ writeId, userId, id, caption, image }: NewPhoto): Write {
  return {
    writeId,
    kind: 'photo',
    userId,
    subjectId: id,
    changes: [`photo:${id}`, `profile:${userId}`],
    details: { imageUrl: imageUrl(image.hash, image.mediaType) },
    apply: async (query) => {
      const { rowCount } = await query(
        `INSERT INTO photos (id, user_id, caption, image, image_hash, media_type) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (id) DO NOTHING`,
        [id, userId, caption, image.bytes, image.hash, image.mediaType],
      );
      if (rowCount === 0) throw conflict('photo-exists');
    },
  };
}

/** The write that changes the caption of a user's own photo; 404 for anybody else's. */
export function captionWrite(change: { writeId: string; userId: string; id: string; caption: string }): Write {
  const { writeId, userId, id, caption } = change;
  return {
    writeId,
    kind: 'caption',
    userId,
    subjectId: id,
    changes: [`photo:${id}`],
    apply: async (query) => {
      const { rowCount } = await query('UPDATE photos SET caption = $3 WHERE id = $1 AND user_id = $2', [
        id,
        userId,
        caption,
      ]);
      if (rowCount === 0) throw notFound('no-such-photo');
    },
  };
}

export interface Photo {
  id: string;
  userId: string;
  userName: string;
  caption: string;
  imageUrl: string;
  likes: number;
  createdAt: string;
}

interface PhotoRow {
  id: string;
  user_id: string;
  user_name: string;
  caption: string;
  image_hash: string;
  media_type: string;
  likes: number;
  created_at: Date;
}

const PHOTO_COLUMNS = `
photos.id, photos.user_id, users.name AS user_name, caption, image_hash, media_type, photos.created_at,
(SELECT count(DISTINCT likes.user_id)::int FROM likes WHERE likes.photo_id = photos.id) AS likes`;

const FEED_SQL = `
SELECT ${PHOTO_COLUMNS} FROM photos JOIN users ON users.id = photos.user_id
WHERE photos.user_id = $1 OR photos.user_id IN (SELECT followee_id FROM follows WHERE follower_id = $1)
ORDER BY photos.created_at DESC, photos.id LIMIT 20`;

export async function findPhoto(query: RunQuery, id: string): Promise<Photo | undefined> {
  const text = `SELECT ${PHOTO_COLUMNS} FROM photos JOIN users ON users.id = photos.user_id WHERE photos.id = $1`;
  const row = (await query<PhotoRow>(text, [id])).rows[0];
  return row && photoOf(row);
}

/** The newest 20 photos of the user and of those whom the user follows, newest first. */
export async function readFeed(query: RunQuery, userId: string): Promise<Photo[]> {
  return (await query<PhotoRow>(FEED_SQL, [userId])).rows.map(photoOf);
}

/** The bytes of an image by their hash; undefined when no photo has it. */
export async function findImage(query: RunQuery, hash: string): Promise<Image | undefined> {
  const { rows } = await query<{ image: Buffer; media_type: Image['mediaType'] }>(
    'SELECT image, media_type FROM photos WHERE image_hash = $1 LIMIT 1',
    [hash],
  );
  return rows[0] && { bytes: rows[0].image, hash, mediaType: rows[0].media_type };
}

function photoOf(row: PhotoRow): Photo {
  return {
    id: row.id,
    userId: row.user_id,
    userName: row.user_name,
    caption: row.caption,
    imageUrl: imageUrl(row.image_hash, row.media_type),
    likes: row.likes,
    createdAt: row.created_at.toISOString(),
  };
}
