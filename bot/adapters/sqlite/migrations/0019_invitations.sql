-- 0019_invitations — why: a server that removed the bot and invited it again is greeted again, also
-- if both happened while the bot was off.
--
-- `joined_at` is when the bot joined, by Discord's clock. NULL: not known yet.

ALTER TABLE greetings ADD COLUMN joined_at INTEGER;
