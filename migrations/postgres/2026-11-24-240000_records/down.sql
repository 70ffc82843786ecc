DROP TABLE retired_usernames;
DROP TABLE legal_holds;
ALTER TABLE accounts DROP COLUMN erased_at;
