-- Without `deleted_at` nothing says that a client is gone: what is left of it can do nothing.
UPDATE clients SET document = '{"redirect_uris":[],"grant_types":[],"response_types":[]}' WHERE deleted_at IS NOT NULL;
DROP INDEX grants_client;
ALTER TABLE grants DROP COLUMN subject;
ALTER TABLE clients DROP COLUMN sealed_secret;
ALTER TABLE clients DROP COLUMN registration_token_hash;
ALTER TABLE clients DROP COLUMN deleted_at;
DROP TABLE registration_tokens;
DROP TABLE pushed_requests;
DROP INDEX revocations_untold;
ALTER TABLE revocations DROP COLUMN told_at;
DELETE FROM outbox WHERE letter IS NULL;
ALTER TABLE outbox ALTER COLUMN letter SET NOT NULL;
