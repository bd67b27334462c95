-- 0008_privacy — why: a person may have erased what is kept of them, also across a crash and while
-- SwarmUI is away.
--
-- `guild` 0 is everywhere. What came after `asked_at` is not meant. `erased_at` is when the rows
-- went; the row itself stays until nothing is owed any more: files, messages, and the numbers of
-- months that are not over yet.

CREATE TABLE erasures (
    seq       INTEGER PRIMARY KEY,
    user      INTEGER NOT NULL,
    guild     INTEGER NOT NULL,
    asked_at  INTEGER NOT NULL,
    messages  INTEGER NOT NULL CHECK (messages IN (0, 1)),
    erased_at INTEGER,
    UNIQUE (user, guild)
) STRICT;

-- Whose they are, without reading everybody's. Like the history's own, an entry for a job is made
-- when it has ended: a birth costs what it did.
CREATE INDEX jobs_ended_of ON jobs (requester, guild, seq) WHERE ended_at IS NOT NULL;
CREATE INDEX charges_of ON charges (user, guild, held_at);

CREATE TABLE errands (
    erasure INTEGER NOT NULL REFERENCES erasures (seq) ON DELETE CASCADE,
    kind    TEXT NOT NULL CHECK (kind IN ('spool', 'input', 'server', 'message')),
    what    TEXT NOT NULL,
    PRIMARY KEY (erasure, kind, what)
) STRICT, WITHOUT ROWID;
