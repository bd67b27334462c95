-- 0007_triggers — why: moderators choose the phrases of their server and where they count.
--
-- A guild with a row in `trigger_lists` has phrases of its own (perhaps none); the others have the
-- host's. `channel` 0 is every channel that listens. `key` is the phrase as it is compared. A
-- channel without a row in `trigger_channels` is as the host's list says.

CREATE TABLE trigger_lists (
    guild INTEGER PRIMARY KEY
) STRICT;

CREATE TABLE trigger_phrases (
    guild   INTEGER NOT NULL REFERENCES trigger_lists (guild) ON DELETE CASCADE,
    channel INTEGER NOT NULL,
    key     TEXT NOT NULL,
    phrase  TEXT NOT NULL,
    PRIMARY KEY (guild, channel, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE trigger_channels (
    guild   INTEGER NOT NULL,
    channel INTEGER NOT NULL,
    listens INTEGER NOT NULL CHECK (listens IN (0, 1)),
    PRIMARY KEY (guild, channel)
) STRICT, WITHOUT ROWID;
