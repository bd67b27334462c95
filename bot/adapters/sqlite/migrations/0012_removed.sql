-- 0012_removed — why: a moderator deletes a picture for good, on SwarmUI as well, and an erasure
-- deletes each file by the path that SwarmUI gave it.
--
-- An image at the place 'removed' was deleted by a moderator. It keeps its `path` until the file on
-- SwarmUI is gone. An errand of the kind 'file' is such a path.

CREATE TABLE errands_now (
    erasure INTEGER NOT NULL REFERENCES erasures (seq) ON DELETE CASCADE,
    kind    TEXT NOT NULL CHECK (kind IN ('spool', 'input', 'file', 'server', 'message')),
    what    TEXT NOT NULL,
    PRIMARY KEY (erasure, kind, what)
) STRICT, WITHOUT ROWID;
INSERT INTO errands_now (erasure, kind, what) SELECT erasure, kind, what FROM errands;
DROP TABLE errands;
ALTER TABLE errands_now RENAME TO errands;

CREATE TABLE images_now (
    job     TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    "index" INTEGER NOT NULL,
    path    TEXT NOT NULL,
    seed    INTEGER NOT NULL,
    message INTEGER,
    place   TEXT NOT NULL DEFAULT 'channel'
        CHECK (place IN ('channel', 'private', 'direct', 'waiting', 'gone', 'removed')),
    channel INTEGER,
    PRIMARY KEY (job, "index")
) STRICT, WITHOUT ROWID;
INSERT INTO images_now (job, "index", path, seed, message, place, channel)
    SELECT job, "index", path, seed, message, place, channel FROM images;
DROP TABLE images;
ALTER TABLE images_now RENAME TO images;
CREATE INDEX images_waiting ON images (job) WHERE place = 'waiting';
CREATE INDEX images_removed ON images (job) WHERE place = 'removed' AND path <> '';
