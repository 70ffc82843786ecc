-- Facility requests, invitations and the directory: the second half of the process.

-- What is known of providers outside, to check against: the agency's own list, and the NPPES extract. Never proof.
CREATE TABLE directory_imports (
    id BLOB PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL,
    file_name TEXT NOT NULL,
    state TEXT NOT NULL,
    rows_read BIGINT NOT NULL,
    rows_skipped BIGINT NOT NULL,
    endings BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    finished_at BIGINT
);

CREATE TABLE directory_providers (
    medicaid_id TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    provider_type TEXT NOT NULL,
    npi TEXT NOT NULL,
    is_active BOOLEAN NOT NULL,
    begins_on TEXT NOT NULL,
    ends_on TEXT NOT NULL,
    import_id BLOB NOT NULL
);
CREATE INDEX directory_providers_npi ON directory_providers (npi);

CREATE TABLE directory_npis (
    npi TEXT PRIMARY KEY NOT NULL,
    entity_type TEXT NOT NULL,
    name TEXT NOT NULL,
    is_deactivated BOOLEAN NOT NULL,
    import_id BLOB NOT NULL
);

-- A facility whose Medicaid ID ended in the directory. `open_key` is the facility's id until staff decide.
CREATE TABLE facility_endings (
    id BLOB PRIMARY KEY NOT NULL,
    facility_id BLOB NOT NULL REFERENCES facilities (id),
    open_key BLOB UNIQUE,
    ended_on TEXT NOT NULL,
    state TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    decided_by BLOB,
    decided_at BIGINT
);
CREATE INDEX facility_endings_facility ON facility_endings (facility_id);

-- The multiple provider/facility request: a contact and many rows, each reviewed by itself.
CREATE TABLE facility_requests (
    id BLOB PRIMARY KEY NOT NULL,
    reference TEXT NOT NULL UNIQUE,
    account_id BLOB NOT NULL REFERENCES accounts (id),
    person_id BLOB NOT NULL REFERENCES persons (id),
    contact_name TEXT NOT NULL,
    contact_phone TEXT NOT NULL,
    contact_email TEXT NOT NULL,
    source TEXT NOT NULL,
    state TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    opened_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    submitted_at BIGINT,
    due_at BIGINT,
    alarmed_at BIGINT,
    reminders BIGINT NOT NULL
);
CREATE INDEX facility_requests_person ON facility_requests (person_id, id);
CREATE INDEX facility_requests_state ON facility_requests (state, due_at);

CREATE TABLE request_rows (
    id BLOB PRIMARY KEY NOT NULL,
    request_id BLOB NOT NULL REFERENCES facility_requests (id),
    number BIGINT NOT NULL,
    state TEXT NOT NULL,
    version BIGINT NOT NULL,
    light TEXT NOT NULL,
    contact_email TEXT NOT NULL,
    contact_phone TEXT NOT NULL,
    facility_name TEXT NOT NULL,
    facility_type TEXT NOT NULL,
    medicaid_id TEXT NOT NULL,
    npi TEXT NOT NULL,
    findings TEXT NOT NULL,
    reason TEXT,
    facility_id BLOB REFERENCES facilities (id),
    decided_by BLOB,
    decided_at BIGINT,
    UNIQUE (request_id, number)
);
CREATE INDEX request_rows_medicaid_id ON request_rows (medicaid_id, state);

-- A single-use, expiring right to register an account for one approved facility; several codes may stand for it.
CREATE TABLE invitations (
    id BLOB PRIMARY KEY NOT NULL,
    row_id BLOB UNIQUE REFERENCES request_rows (id),
    facility_id BLOB NOT NULL REFERENCES facilities (id),
    invited_by BLOB NOT NULL REFERENCES accounts (id),
    email TEXT NOT NULL,
    contact_phone TEXT NOT NULL,
    language TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    reminders BIGINT NOT NULL,
    asked_at BIGINT,
    closed_at BIGINT,
    account_id BLOB REFERENCES accounts (id)
);
CREATE INDEX invitations_email ON invitations (email, state);
CREATE INDEX invitations_state ON invitations (state, expires_at);
CREATE INDEX invitations_facility ON invitations (facility_id);
CREATE INDEX invitations_account ON invitations (account_id);

CREATE TABLE invitation_codes (
    id BLOB PRIMARY KEY NOT NULL,
    invitation_id BLOB NOT NULL REFERENCES invitations (id),
    code_hash BLOB NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX invitation_codes_invitation ON invitation_codes (invitation_id);

-- Messages that came in by mail, each looked at once.
CREATE TABLE received_messages (
    message_id TEXT PRIMARY KEY NOT NULL,
    outcome TEXT NOT NULL,
    received_at BIGINT NOT NULL
);

ALTER TABLE cases ADD COLUMN reminders BIGINT NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN alarmed_at BIGINT;
-- The account that was chosen for a request that waits.
ALTER TABLE interactions ADD COLUMN account_id BLOB;
