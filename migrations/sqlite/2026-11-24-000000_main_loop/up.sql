-- The tables of the main loop. Portable columns only: ids are UUIDv7 bytes, times microseconds since 1970 (UTC),
-- documents JSON text. Every rule that has to hold in a race hangs on a key or a unique column below.

-- Keys at rest: random data keys, each wrapped by the master key whose id stands beside it.
CREATE TABLE data_keys (
    id BLOB PRIMARY KEY NOT NULL,
    purpose TEXT NOT NULL,
    generation BIGINT NOT NULL,
    wrapped BLOB NOT NULL,
    wrapper TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (purpose, generation)
);

CREATE TABLE signing_keys (
    kid TEXT PRIMARY KEY NOT NULL,
    algorithm TEXT NOT NULL,
    generation BIGINT NOT NULL,
    wrapped BLOB NOT NULL,
    wrapper TEXT NOT NULL,
    public_jwk TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    retired_at BIGINT,
    UNIQUE (algorithm, generation)
);

-- What happened.
CREATE TABLE audit_events (
    id BLOB PRIMARY KEY NOT NULL,
    at BIGINT NOT NULL,
    action TEXT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id BLOB,
    account_id BLOB,
    case_id BLOB,
    request_id TEXT NOT NULL,
    detail TEXT NOT NULL,
    sequence BIGINT UNIQUE,
    previous BLOB,
    digest BLOB,
    mac BLOB
);
CREATE INDEX audit_events_account ON audit_events (account_id, id);
CREATE INDEX audit_events_case ON audit_events (case_id, id);

CREATE TABLE audit_head (
    id BIGINT PRIMARY KEY NOT NULL,
    sequence BIGINT NOT NULL,
    digest BLOB NOT NULL
);

-- What must be told.
CREATE TABLE outbox (
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
CREATE INDEX outbox_due ON outbox (accepted_at, dead_at, due_at);
CREATE INDEX outbox_account ON outbox (account_id, id);

-- What ends tokens. A process that caches follows this table; `xact` finds late commits on PostgreSQL.
CREATE TABLE revocations (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    xact BIGINT NOT NULL DEFAULT 0,
    kind TEXT NOT NULL,
    subject BLOB NOT NULL,
    at BIGINT NOT NULL
);

CREATE TABLE leases (
    name TEXT PRIMARY KEY NOT NULL,
    holder BLOB NOT NULL,
    leased_until BIGINT NOT NULL
);

-- People, accounts, what staff approved, what holders state.
CREATE TABLE facilities (
    id BLOB PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    facility_type TEXT NOT NULL,
    organization_type TEXT NOT NULL,
    medicaid_id TEXT UNIQUE,
    npi TEXT,
    valid_from BIGINT NOT NULL,
    valid_until BIGINT,
    approved_at BIGINT NOT NULL
);

CREATE TABLE persons (
    id BLOB PRIMARY KEY NOT NULL,
    language TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE accounts (
    id BLOB PRIMARY KEY NOT NULL,
    person_id BLOB NOT NULL REFERENCES persons (id),
    username TEXT NOT NULL,
    username_key TEXT UNIQUE,
    role TEXT NOT NULL,
    state TEXT NOT NULL,
    suspension_reason TEXT,
    email TEXT NOT NULL,
    email_confirmed_at BIGINT,
    password TEXT,
    password_changed_at BIGINT,
    failed_sign_ins BIGINT NOT NULL,
    code_tries BIGINT NOT NULL,
    denials BIGINT NOT NULL,
    facility_id BLOB REFERENCES facilities (id),
    approved_at BIGINT,
    -- Grants of an earlier epoch are over, whatever their own rows say.
    grant_epoch BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX accounts_person ON accounts (person_id);
CREATE INDEX accounts_email ON accounts (email);
CREATE INDEX accounts_facility ON accounts (facility_id);

CREATE TABLE authenticators (
    id BLOB PRIMARY KEY NOT NULL,
    person_id BLOB NOT NULL REFERENCES persons (id),
    kind TEXT NOT NULL,
    sealed_secret BLOB NOT NULL,
    created_at BIGINT NOT NULL,
    confirmed_at BIGINT,
    last_step BIGINT NOT NULL
);
CREATE INDEX authenticators_person ON authenticators (person_id);

CREATE TABLE profiles (
    account_id BLOB PRIMARY KEY NOT NULL REFERENCES accounts (id),
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    contact_email TEXT NOT NULL,
    contact_email_confirmed_at BIGINT,
    contact_phone TEXT NOT NULL,
    organization_name TEXT NOT NULL,
    organization_type TEXT NOT NULL,
    medicaid_id TEXT NOT NULL,
    npi TEXT NOT NULL,
    no_npi BOOLEAN NOT NULL,
    acts_for TEXT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- Single-use codes that travel by mail: an address to confirm, a password to reset, a staff member to enrol.
CREATE TABLE mail_codes (
    id BLOB PRIMARY KEY NOT NULL,
    account_id BLOB NOT NULL REFERENCES accounts (id),
    purpose TEXT NOT NULL,
    address TEXT NOT NULL,
    link_hash BLOB NOT NULL UNIQUE,
    typed_mac BLOB,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX mail_codes_account ON mail_codes (account_id, purpose);

-- One browser, several accounts. `sid` in tokens is the id of a session_accounts row.
CREATE TABLE browser_sessions (
    id BLOB PRIMARY KEY NOT NULL,
    secret_hash BLOB NOT NULL UNIQUE,
    current_account BLOB,
    user_agent TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    idle_limit BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    ended_at BIGINT
);

CREATE TABLE session_accounts (
    id BLOB PRIMARY KEY NOT NULL,
    session_id BLOB NOT NULL REFERENCES browser_sessions (id),
    account_id BLOB NOT NULL REFERENCES accounts (id),
    signed_in_at BIGINT NOT NULL,
    password_at BIGINT,
    second_factor_at BIGINT,
    amr TEXT NOT NULL,
    ended_at BIGINT,
    UNIQUE (session_id, account_id)
);
CREATE INDEX session_accounts_account ON session_accounts (account_id);

-- The case that gates an account. `open_key` is the account's id while the case is open, so that it has one at most.
CREATE TABLE cases (
    id BLOB PRIMARY KEY NOT NULL,
    reference TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    account_id BLOB NOT NULL REFERENCES accounts (id),
    open_key BLOB UNIQUE,
    state TEXT NOT NULL,
    version BIGINT NOT NULL,
    opened_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    submitted_at BIGINT,
    due_at BIGINT,
    clock_left BIGINT,
    claimed_by BLOB,
    claimed_until BIGINT,
    decided_by BLOB,
    decided_at BIGINT,
    reason TEXT,
    remarks TEXT,
    facility_id BLOB REFERENCES facilities (id),
    organization_name TEXT NOT NULL,
    search_text TEXT NOT NULL
);
CREATE INDEX cases_queue ON cases (state, due_at);
CREATE INDEX cases_account ON cases (account_id, id);

CREATE TABLE case_versions (
    case_id BLOB NOT NULL REFERENCES cases (id),
    version BIGINT NOT NULL,
    stated TEXT NOT NULL,
    stated_at BIGINT NOT NULL,
    PRIMARY KEY (case_id, version)
);

-- OpenID Connect.
CREATE TABLE clients (
    client_id TEXT PRIMARY KEY NOT NULL,
    document TEXT NOT NULL,
    secret_hash BLOB,
    standing_grant BLOB NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE interactions (
    id_hash BLOB PRIMARY KEY NOT NULL,
    parameters TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE TABLE consents (
    account_id BLOB NOT NULL REFERENCES accounts (id),
    client_id TEXT NOT NULL REFERENCES clients (client_id),
    scope TEXT NOT NULL,
    granted_at BIGINT NOT NULL,
    withdrawn_at BIGINT,
    PRIMARY KEY (account_id, client_id)
);

CREATE TABLE grants (
    id BLOB PRIMARY KEY NOT NULL,
    client_id TEXT NOT NULL REFERENCES clients (client_id),
    account_id BLOB REFERENCES accounts (id),
    sid BLOB REFERENCES session_accounts (id),
    scope TEXT NOT NULL,
    audience TEXT NOT NULL,
    cnf TEXT,
    acr TEXT NOT NULL,
    amr TEXT NOT NULL,
    auth_time BIGINT NOT NULL,
    account_epoch BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    ended_at BIGINT,
    end_reason TEXT
);
CREATE INDEX grants_account ON grants (account_id);
CREATE INDEX grants_sid ON grants (sid);

CREATE TABLE authorization_codes (
    code_hash BLOB PRIMARY KEY NOT NULL,
    client_id TEXT NOT NULL,
    grant_id BLOB NOT NULL REFERENCES grants (id),
    redirect_uri TEXT NOT NULL,
    code_challenge TEXT,
    nonce TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    redeemed_at BIGINT
);

CREATE TABLE refresh_tokens (
    token_hash BLOB PRIMARY KEY NOT NULL,
    client_id TEXT NOT NULL,
    grant_id BLOB NOT NULL REFERENCES grants (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    successor_hash BLOB,
    sealed_successor BLOB
);
CREATE INDEX refresh_tokens_grant ON refresh_tokens (grant_id);

CREATE TABLE revoked_tokens (
    jti BLOB PRIMARY KEY NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE TABLE replays (
    fingerprint BLOB PRIMARY KEY NOT NULL,
    expires_at BIGINT NOT NULL
);

INSERT INTO audit_head (id, sequence, digest) VALUES (1, 0, x'');
