-- 0014_removed_folders — why: a picture that was delivered after a restart has no path, so a
-- moderator's delete left its file on SwarmUI.
--
-- A removed job keeps `folder` until the files that no image names are deleted, too.

DROP INDEX images_removed;
CREATE INDEX images_removed ON images (job) WHERE place = 'removed';
