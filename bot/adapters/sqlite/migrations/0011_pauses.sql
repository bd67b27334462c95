-- 0011_pauses — why: a server or the host stops drawing for a while, and a restart keeps to it.
--
-- Guild 0 is the host's own pause, which another process may write while the bot runs. `paused` 0
-- is the host's word to draw until then, whatever the schedule in the settings says.

CREATE TABLE pauses (
    guild  INTEGER PRIMARY KEY,
    until  INTEGER NOT NULL,
    paused INTEGER NOT NULL CHECK (paused IN (0, 1))
) STRICT;
