-- 0013_kept_files — why: an erasure finds the files on SwarmUI of requests that were forgotten.
--
-- When a request's time is over, the owner and the path of each of its files move here, and stay as
-- long as the file does. `kind` and `path` are those of an errand: 'file' is what SwarmUI named,
-- 'server' the path of a job's files that no image names.

CREATE TABLE kept_files (
    user  INTEGER NOT NULL,
    guild INTEGER NOT NULL,
    kind  TEXT NOT NULL CHECK (kind IN ('file', 'server')),
    path  TEXT NOT NULL,
    PRIMARY KEY (user, guild, kind, path)
) STRICT, WITHOUT ROWID;
