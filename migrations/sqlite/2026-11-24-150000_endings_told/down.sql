ALTER TABLE facility_endings DROP COLUMN told_at;
