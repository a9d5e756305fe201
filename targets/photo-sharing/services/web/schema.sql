-- The photo-sharing site's data. Applied once, as superuser, in the database `photos`; the site logs in as the role
-- `photos`. Every write of the API commits its own rows and one row in `writes` in a single transaction.

CREATE TABLE users (
  id            text PRIMARY KEY,
  name          text NOT NULL,
  password_hash text NOT NULL,
  created_at    timestamptz NOT NULL DEFAULT now()
);

-- A session that was logged out stays, with `ended_at`, so that its log-in can still be accounted for.
CREATE TABLE sessions (
  token      text PRIMARY KEY,
  id         text NOT NULL UNIQUE,
  user_id    text NOT NULL REFERENCES users,
  created_at timestamptz NOT NULL DEFAULT now(),
  ended_at   timestamptz
);

CREATE TABLE photos (
  id         text PRIMARY KEY,
  user_id    text NOT NULL REFERENCES users,
  caption    text NOT NULL,
  image      bytea NOT NULL,
  image_hash text NOT NULL,
  media_type text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX photos_by_user ON photos (user_id, created_at DESC);
CREATE INDEX photos_by_image ON photos (image_hash);

-- Liking or following twice makes two rows, so that each acknowledged write can be accounted for; what is shown counts
-- users, not rows.
CREATE TABLE likes (
  id         text PRIMARY KEY,
  photo_id   text NOT NULL REFERENCES photos,
  user_id    text NOT NULL REFERENCES users,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX likes_by_photo ON likes (photo_id);

CREATE TABLE follows (
  id          text PRIMARY KEY,
  follower_id text NOT NULL REFERENCES users,
  followee_id text NOT NULL REFERENCES users,
  created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX follows_by_follower ON follows (follower_id, followee_id);
CREATE INDEX follows_by_followee ON follows (followee_id, follower_id);

-- The ledger: one row for each idempotency key, with the node and the lease epoch that committed it.
-- `response` is what the first request was answered; `replays` counts its repetitions.
CREATE TABLE writes (
  write_id   text PRIMARY KEY,
  kind       text NOT NULL,
  user_id    text NOT NULL,
  subject_id text NOT NULL,
  written_at timestamptz NOT NULL DEFAULT now(),
  written_by text NOT NULL,
  epoch      bigint NOT NULL,
  response   jsonb NOT NULL,
  replays    integer NOT NULL DEFAULT 0
);

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'photos') THEN
    CREATE ROLE photos LOGIN;
  END IF;
END
$$;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO photos;
-- To tell how stale a standby is, the site reads pg_stat_wal_receiver.
GRANT pg_read_all_stats TO photos;
