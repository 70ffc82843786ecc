-- When what an account told of its holder was erased; its row stays, so that what points at it does.
ALTER TABLE accounts ADD COLUMN erased_at BIGINT;

-- Accounts of which nothing may be erased, and why.
CREATE TABLE legal_holds (
    account_id BLOB NOT NULL REFERENCES accounts (id),
    reason TEXT NOT NULL,
    placed_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, reason)
);

-- Usernames of erased accounts, as MACs: they are never given to somebody else.
CREATE TABLE retired_usernames (
    mac BLOB PRIMARY KEY NOT NULL
);

-- Closed accounts whose time may be over, and what has to go with them.
CREATE INDEX accounts_closed ON accounts (updated_at) WHERE state = 'closed' AND erased_at IS NULL;
CREATE INDEX authorization_codes_grant ON authorization_codes (grant_id);
CREATE INDEX invitations_invited_by ON invitations (invited_by);
CREATE INDEX facility_requests_account ON facility_requests (account_id);
