-- 0016_notices — why: a greeting or a report that was meant is sent, and once, also over a crash.
--
-- A row is written with its cause and deleted when Discord has taken the message. One that is left
-- was sent or not, so the next start looks for it in the channel. `card` is JSON.

CREATE TABLE notices (
    key     TEXT PRIMARY KEY,
    channel INTEGER NOT NULL,
    card    TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    job     TEXT REFERENCES jobs (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX notices_of_job ON notices (job) WHERE job IS NOT NULL;
