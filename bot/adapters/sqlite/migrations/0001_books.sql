-- 0001_books — why: the first books: jobs and their posts, what is held, what was charged, limits.
--
-- Discord's ids are integers, job ids text; times are microseconds since 1970 (UTC). `day` and
-- `month` are the period a picture was taken from, on the guild's clocks at that moment: a picture
-- that comes back goes back to exactly that period.

CREATE TABLE jobs (
    seq            INTEGER PRIMARY KEY,
    id             TEXT NOT NULL UNIQUE,
    source         TEXT NOT NULL UNIQUE,
    requester      INTEGER NOT NULL,
    requester_name TEXT NOT NULL,
    roles          TEXT NOT NULL,
    guild          INTEGER NOT NULL,
    channel        INTEGER NOT NULL,
    "order"        TEXT NOT NULL,
    state          TEXT NOT NULL,
    attempt        INTEGER NOT NULL,
    session        TEXT NOT NULL,
    folder         TEXT NOT NULL,
    ready          INTEGER NOT NULL,
    reason         TEXT NOT NULL,
    ref            TEXT NOT NULL,
    created_at     INTEGER NOT NULL,
    started_at     INTEGER,
    generated_at   INTEGER,
    ended_at       INTEGER,
    spooled        INTEGER NOT NULL DEFAULT 1,
    told           INTEGER NOT NULL DEFAULT 0,
    CHECK (state IN ('queued', 'running', 'delivering', 'done', 'failed', 'cancelled')),
    CHECK ((ended_at IS NULL) = (state IN ('queued', 'running', 'delivering'))),
    CHECK (ended_at IS NULL OR session = '')
) STRICT;

-- The living are few however long the history grows, so their index stays small; the ended ones'
-- are not touched when a job is born.
CREATE INDEX jobs_living ON jobs (state, guild, requester) WHERE ended_at IS NULL;
-- Ended without a picture, and the person has not heard of it yet: after a crash they are told.
CREATE INDEX jobs_untold ON jobs (ended_at) WHERE told = 0 AND state IN ('failed', 'cancelled');
CREATE INDEX jobs_spooled ON jobs (ended_at) WHERE spooled = 1 AND ended_at IS NOT NULL;
CREATE INDEX jobs_swept ON jobs (ended_at) WHERE spooled = 0 AND ended_at IS NOT NULL;

CREATE TABLE posts (
    job         TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    purpose     TEXT NOT NULL,
    nonce       TEXT NOT NULL,
    channel     INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    message     INTEGER,
    token       TEXT,
    token_until INTEGER,
    PRIMARY KEY (job, purpose)
) STRICT, WITHOUT ROWID;

CREATE INDEX posts_message ON posts (message) WHERE message IS NOT NULL;
CREATE INDEX posts_token ON posts (token_until) WHERE token IS NOT NULL;

-- A row only while its job lives.
CREATE TABLE holds (
    job      TEXT PRIMARY KEY REFERENCES jobs (id),
    user     INTEGER NOT NULL,
    guild    INTEGER NOT NULL,
    pictures INTEGER NOT NULL CHECK (pictures > 0),
    held_at  INTEGER NOT NULL,
    day      TEXT NOT NULL,
    month    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- One row a delivered picture; it outlives its job's row, so it has no reference to it.
CREATE TABLE charges (
    seq     INTEGER PRIMARY KEY,
    job     TEXT NOT NULL,
    user    INTEGER NOT NULL,
    guild   INTEGER NOT NULL,
    held_at INTEGER NOT NULL,
    day     TEXT NOT NULL,
    month   TEXT NOT NULL
) STRICT;

CREATE INDEX charges_held_at ON charges (held_at);

-- Derived from holds and charges by the same transactions: a balance never counts facts.
-- `period` is a day ("2026-11-24") or a month ("2026-11"); a total of nothing has no row.
CREATE TABLE totals (
    guild  INTEGER NOT NULL,
    user   INTEGER NOT NULL,
    period TEXT NOT NULL,
    used   INTEGER NOT NULL CHECK (used >= 0),
    PRIMARY KEY (guild, user, period)
) STRICT, WITHOUT ROWID;

CREATE TABLE images (
    job     TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    "index" INTEGER NOT NULL,
    path    TEXT NOT NULL,
    seed    INTEGER NOT NULL,
    message INTEGER,
    PRIMARY KEY (job, "index")
) STRICT, WITHOUT ROWID;

CREATE TABLE drafts (
    id      TEXT PRIMARY KEY,
    user    INTEGER NOT NULL,
    guild   INTEGER NOT NULL,
    wish    TEXT NOT NULL,
    kept_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX drafts_kept_at ON drafts (kept_at);

-- A row a number: no row is "not set", NULL is "no limit".
CREATE TABLE limits (
    guild  INTEGER NOT NULL,
    scope  TEXT NOT NULL CHECK (scope IN ('guild', 'role', 'member')),
    target INTEGER NOT NULL,
    number TEXT NOT NULL,
    value  INTEGER CHECK (value >= 0),
    set_by INTEGER NOT NULL,
    set_at INTEGER NOT NULL,
    PRIMARY KEY (guild, scope, target, number),
    CHECK (scope <> 'guild' OR target = guild)
) STRICT, WITHOUT ROWID;

CREATE TABLE guild_settings (
    guild     INTEGER PRIMARY KEY,
    time_zone TEXT NOT NULL
) STRICT;

-- Append-only until its time is over. `old` and `new` are as people read them.
CREATE TABLE audit (
    seq    INTEGER PRIMARY KEY,
    at     INTEGER NOT NULL,
    guild  INTEGER NOT NULL,
    actor  INTEGER NOT NULL,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    old    TEXT NOT NULL,
    new    TEXT NOT NULL
) STRICT;

CREATE INDEX audit_at ON audit (at);
