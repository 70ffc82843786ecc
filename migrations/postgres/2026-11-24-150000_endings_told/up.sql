-- When staff and the holders of its accounts were told that a facility ended in the directory.
ALTER TABLE facility_endings ADD COLUMN told_at BIGINT;
-- Those that stand were told already, by the mark that this column replaces.
UPDATE facility_endings SET told_at = opened_at;
