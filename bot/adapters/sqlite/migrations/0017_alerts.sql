-- 0017_alerts — why: a channel hears of an outage and of its end once each, also over a restart.
--
-- A row is what a channel was told last. `cause` is '' for the end, whose row goes once it is sent.

CREATE TABLE alerts (
    channel INTEGER PRIMARY KEY,
    cause   TEXT NOT NULL,
    text    TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    is_sent INTEGER NOT NULL CHECK (is_sent IN (0, 1))
) STRICT;
