-- When staff and the holders of its accounts were told that a facility ended in the directory. Questions that stand open are told
-- once more: the marks this column replaces did not reach beyond the oldest fifty.
ALTER TABLE facility_endings ADD COLUMN told_at BIGINT;
DELETE FROM leases WHERE name LIKE 'ending %';
