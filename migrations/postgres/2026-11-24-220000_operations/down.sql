DROP INDEX outbox_recipient;
ALTER TABLE signing_keys DROP COLUMN active_at;
DROP INDEX accounts_external_id;
ALTER TABLE accounts DROP COLUMN external_id;
