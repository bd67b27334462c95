-- 0009_trail — why: every change is said in the log channel that a server chose, once, also over a
-- restart; and the worker asks often how much of one person may run.
--
-- `said` is the audit row up to which everything was said. Before a message goes out, `saying` is
-- the last row in it: if we die before it is known whether it went, the same message is made again.

CREATE TABLE trails (
    guild     INTEGER PRIMARY KEY,
    said      INTEGER NOT NULL,
    saying    INTEGER,
    saying_at INTEGER,
    CHECK ((saying IS NULL) = (saying_at IS NULL))
) STRICT;

CREATE INDEX limits_running ON limits (guild) WHERE number IN ('running', 'exempt');
