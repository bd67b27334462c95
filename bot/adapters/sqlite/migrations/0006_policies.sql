-- 0006_policies — why: moderators choose where, who and what is drawn, without editing a file.
--
-- `policy` is JSON: one field for each choice, so that a new choice needs no new column. `drawing`
-- is the switch and `time_zone` the clocks, both beside it because the transaction that lets a job
-- in reads them each time. An empty time_zone is the host's.

ALTER TABLE guild_settings ADD COLUMN drawing INTEGER NOT NULL DEFAULT 1
    CHECK (drawing IN (0, 1));
ALTER TABLE guild_settings ADD COLUMN policy TEXT NOT NULL DEFAULT '{}';

-- Until now a wish that said nothing of being private was written down as "no". A draft lives a day
-- and is tried again: what a server chooses by default shall hold for it too.
UPDATE drafts SET wish = json_remove(wish, '$.private') WHERE json_extract(wish, '$.private') = 0;
