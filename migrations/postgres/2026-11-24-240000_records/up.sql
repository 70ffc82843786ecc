-- When what an account told of its holder was erased; its row stays, so that what points at it does.
ALTER TABLE accounts ADD COLUMN erased_at BIGINT;

-- Accounts of which nothing may be erased, and why.
CREATE TABLE legal_holds (
    account_id BYTEA PRIMARY KEY NOT NULL REFERENCES accounts (id),
    reason TEXT NOT NULL,
    placed_at BIGINT NOT NULL
);

-- Usernames of erased accounts, as MACs: they are never given to somebody else.
CREATE TABLE retired_usernames (
    mac BYTEA PRIMARY KEY NOT NULL
);
