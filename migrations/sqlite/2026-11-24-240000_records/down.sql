DROP INDEX facility_requests_account;
DROP INDEX invitations_invited_by;
DROP INDEX authorization_codes_grant;
DROP INDEX accounts_closed;
DROP TABLE retired_usernames;
DROP TABLE legal_holds;
ALTER TABLE accounts DROP COLUMN erased_at;
