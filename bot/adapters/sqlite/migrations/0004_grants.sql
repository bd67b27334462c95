-- 0004_grants — why: moderators give more for some days, and give today's use back, without
-- touching what was charged: those rows stay facts.
--
-- `first_day` to `last_day` are days on the guild's clocks when it was given, both counted. A
-- 'grant' is that many more pictures on each of its days; a 'reset' gives that many of its one day
-- back. Taken out of use by its days, not deleted, until charges of that time are forgotten too.

CREATE TABLE grants (
    seq       INTEGER PRIMARY KEY,
    guild     INTEGER NOT NULL,
    user      INTEGER NOT NULL,
    kind      TEXT NOT NULL CHECK (kind IN ('grant', 'reset')),
    pictures  INTEGER NOT NULL CHECK (pictures > 0),
    first_day TEXT NOT NULL,
    last_day  TEXT NOT NULL CHECK (last_day >= first_day),
    given_by  INTEGER NOT NULL,
    given_at  INTEGER NOT NULL
) STRICT;

CREATE INDEX grants_of ON grants (guild, user, last_day);
CREATE INDEX grants_given_at ON grants (given_at);
CREATE INDEX audit_guild ON audit (guild, seq);
