-- A client that proves itself with a MAC (client_secret_jwt) needs its secret in clear: sealed under a data key.
ALTER TABLE clients ADD COLUMN sealed_secret BYTEA;
-- What a client that registered itself manages its registration with (RFC 7592), as a hash.
ALTER TABLE clients ADD COLUMN registration_token_hash BYTEA;
ALTER TABLE clients ADD COLUMN deleted_at BIGINT;

-- The name the client knows the account by, where that is not the account's own (pairwise, OpenID Connect Core §8).
ALTER TABLE grants ADD COLUMN subject TEXT;

-- What lets an application register itself (RFC 7591 §3), for a number of times.
CREATE TABLE registration_tokens (
    token_hash BYTEA PRIMARY KEY NOT NULL,
    uses_left BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- Authorization requests that were pushed (RFC 9126); `used_at` is set when one is answered.
CREATE TABLE pushed_requests (
    id_hash BYTEA PRIMARY KEY NOT NULL,
    client_id TEXT NOT NULL REFERENCES clients (client_id),
    parameters TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);

-- Whether the applications of a session that ended were put on the list to be told.
ALTER TABLE revocations ADD COLUMN told_at BIGINT;
UPDATE revocations SET told_at = at;
CREATE INDEX revocations_untold ON revocations (told_at, id);
CREATE INDEX grants_client ON grants (client_id);

-- The outbox holds notices of sign-outs beside letters: those have no letter.
ALTER TABLE outbox ALTER COLUMN letter DROP NOT NULL;
