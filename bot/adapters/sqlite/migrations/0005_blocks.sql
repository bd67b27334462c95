-- 0005_blocks — why: moderators keep somebody from drawing for a while, at the one gate.
--
-- `until` is microseconds since 1970, NULL for good. A block that is over has no effect, and is
-- replaced by the next.

CREATE TABLE blocks (
    guild      INTEGER NOT NULL,
    user       INTEGER NOT NULL,
    until      INTEGER,
    reason     TEXT NOT NULL,
    blocked_by INTEGER NOT NULL,
    blocked_at INTEGER NOT NULL,
    PRIMARY KEY (guild, user)
) STRICT, WITHOUT ROWID;
