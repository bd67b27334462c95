-- 0002_personal.sql, why: a member draws with the model of their own choice, without naming it.

-- `model` is the server's name of it; it may have left the server since.
CREATE TABLE personal (
    guild INTEGER NOT NULL,
    user  INTEGER NOT NULL,
    model TEXT    NOT NULL,
    PRIMARY KEY (guild, user)
) STRICT, WITHOUT ROWID;
