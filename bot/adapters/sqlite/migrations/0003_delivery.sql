-- 0003_delivery — why: results by direct message, private ones, and pictures that wait in history.
--
-- A token's own upload limit is larger than its guild's for people who pay for it. `private` posts
-- are reached by their token alone. `place` says where a picture is; one that is 'waiting' has no
-- message. An orphan is the SwarmUI session of a job that ended while it ran: if we die before the
-- server was told, the next start tells it.

ALTER TABLE posts ADD COLUMN upload_limit INTEGER;
ALTER TABLE posts ADD COLUMN private INTEGER NOT NULL DEFAULT 0;

CREATE INDEX posts_unrung ON posts (created_at) WHERE purpose = 'ring' AND message IS NULL;

ALTER TABLE images ADD COLUMN place TEXT NOT NULL DEFAULT 'channel'
    CHECK (place IN ('channel', 'private', 'direct', 'waiting', 'gone'));
ALTER TABLE images ADD COLUMN channel INTEGER;

CREATE INDEX images_waiting ON images (job) WHERE place = 'waiting';
-- One entry for each finished job, made when it is finished: a birth costs what it did.
CREATE INDEX jobs_history ON jobs (requester, guild, seq) WHERE state = 'done';

CREATE TABLE orphans (
    session  TEXT PRIMARY KEY,
    ended_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
