-- 0010_greetings — why: a new server is greeted once, and never one that was there before.
--
-- A row a guild that the bot has met. Books that are older than this file begin with guild 0, which
-- is none: the guilds found at the next start are old acquaintances, to be noted in silence.

CREATE TABLE greetings (
    guild  INTEGER PRIMARY KEY,
    met_at INTEGER NOT NULL
) STRICT;

INSERT INTO greetings (guild, met_at)
    SELECT 0, 0 WHERE EXISTS (SELECT 1 FROM jobs) OR EXISTS (SELECT 1 FROM audit);
