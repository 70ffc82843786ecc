-- What an account was called in the portal it moved in from: importing it again finds it.
ALTER TABLE accounts ADD COLUMN external_id TEXT;
CREATE UNIQUE INDEX accounts_external_id ON accounts (external_id);

-- A new signing key is published before it signs.
ALTER TABLE signing_keys ADD COLUMN active_at BIGINT NOT NULL DEFAULT 0;

-- Each application has a lane of its own.
CREATE INDEX outbox_recipient ON outbox (kind, recipient, due_at);
