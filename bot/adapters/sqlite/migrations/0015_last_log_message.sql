-- 0015_last_log_message — why: after a crash the last message of a log channel is found by its text,
-- and an earlier one may have the same text.
--
-- `message` is the message that went out before, so the one that is looked for is a later one.

ALTER TABLE trails ADD COLUMN message INTEGER;
