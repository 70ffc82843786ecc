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
CREATE TABLE outbox_new (
    id BLOB PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL,
    letter TEXT NOT NULL,
    recipient TEXT NOT NULL,
    language TEXT NOT NULL,
    parameters TEXT NOT NULL,
    sealed_secret BLOB,
    account_id BLOB,
    case_id BLOB,
    created_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    leased_until BIGINT,
    accepted_at BIGINT,
    dead_at BIGINT,
    expires_at BIGINT,
    answer TEXT
);
INSERT INTO outbox_new SELECT id, kind, letter, recipient, language, parameters, sealed_secret, account_id, case_id, created_at, due_at, attempts, leased_until, accepted_at, dead_at, expires_at, answer FROM outbox;
DROP TABLE outbox;
ALTER TABLE outbox_new RENAME TO outbox;
CREATE INDEX outbox_due ON outbox (accepted_at, dead_at, due_at);
CREATE INDEX outbox_account ON outbox (account_id, id);
