-- 0018_departures — why: what a server left behind is deleted some time after it removed the bot.
--
-- A row a guild that the bot is no member of any more. An invitation deletes it.

CREATE TABLE departures (
    guild   INTEGER PRIMARY KEY,
    left_at INTEGER NOT NULL
) STRICT;
