-- What staff look for: one row a word, found by how the word begins.
CREATE TABLE search_words (
    kind TEXT NOT NULL,
    subject BLOB NOT NULL,
    word TEXT NOT NULL,
    PRIMARY KEY (kind, subject, word)
) WITHOUT ROWID;
CREATE INDEX search_words_word ON search_words (kind, word, subject DESC);

-- What was written since the index was brought up to date. Triggers write it, so that nothing that writes can forget to.
CREATE TABLE search_backlog (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    kind TEXT NOT NULL,
    subject BLOB NOT NULL
);

-- The text that each thing is found by.
CREATE VIEW search_texts AS
SELECT 'account' AS kind, accounts.id AS subject,
    accounts.username || ' ' || accounts.email || ' ' || coalesce(facilities.name, '') || ' ' || coalesce(facilities.medicaid_id, '') || ' '
        || coalesce(facilities.npi, '') AS text
FROM accounts LEFT JOIN facilities ON facilities.id = accounts.facility_id
UNION ALL
SELECT 'case', cases.id, cases.search_text || ' ' || accounts.username
FROM cases JOIN accounts ON accounts.id = cases.account_id
UNION ALL
SELECT 'request', facility_requests.id,
    facility_requests.reference || ' ' || facility_requests.contact_name || ' ' || facility_requests.contact_email || ' ' || accounts.username
FROM facility_requests JOIN accounts ON accounts.id = facility_requests.account_id
UNION ALL
SELECT 'invitation', invitations.id,
    invitations.email || ' ' || facilities.name || ' ' || coalesce(facilities.medicaid_id, '') || ' ' || coalesce(facilities.npi, '')
FROM invitations JOIN facilities ON facilities.id = invitations.facility_id;

CREATE TRIGGER accounts_search_new AFTER INSERT ON accounts BEGIN
    INSERT INTO search_backlog (kind, subject) VALUES ('account', NEW.id);
END;
CREATE TRIGGER accounts_search AFTER UPDATE OF username, email, facility_id ON accounts BEGIN
    INSERT INTO search_backlog (kind, subject) VALUES ('account', NEW.id);
END;
CREATE TRIGGER accounts_search_gone AFTER DELETE ON accounts BEGIN
    INSERT INTO search_backlog (kind, subject) VALUES ('account', OLD.id);
END;
CREATE TRIGGER facilities_search AFTER UPDATE OF name, medicaid_id, npi ON facilities BEGIN
    INSERT INTO search_backlog (kind, subject) SELECT 'account', id FROM accounts WHERE facility_id = NEW.id;
    INSERT INTO search_backlog (kind, subject) SELECT 'invitation', id FROM invitations WHERE facility_id = NEW.id;
END;
CREATE TRIGGER cases_search_new AFTER INSERT ON cases BEGIN
    INSERT INTO search_backlog (kind, subject) VALUES ('case', NEW.id);
END;
CREATE TRIGGER cases_search AFTER UPDATE OF search_text ON cases BEGIN
    INSERT INTO search_backlog (kind, subject) VALUES ('case', NEW.id);
END;
CREATE TRIGGER cases_search_gone AFTER DELETE ON cases BEGIN
    INSERT INTO search_backlog (kind, subject) VALUES ('case', OLD.id);
END;
CREATE TRIGGER facility_requests_search_new AFTER INSERT ON facility_requests BEGIN
    INSERT INTO search_backlog (kind, subject) VALUES ('request', NEW.id);
END;
CREATE TRIGGER facility_requests_search AFTER UPDATE OF contact_name, contact_email ON facility_requests BEGIN
    INSERT INTO search_backlog (kind, subject) VALUES ('request', NEW.id);
END;
CREATE TRIGGER facility_requests_search_gone AFTER DELETE ON facility_requests BEGIN
    INSERT INTO search_backlog (kind, subject) VALUES ('request', OLD.id);
END;
CREATE TRIGGER invitations_search_new AFTER INSERT ON invitations BEGIN
    INSERT INTO search_backlog (kind, subject) VALUES ('invitation', NEW.id);
END;
CREATE TRIGGER invitations_search AFTER UPDATE OF email ON invitations BEGIN
    INSERT INTO search_backlog (kind, subject) VALUES ('invitation', NEW.id);
END;
CREATE TRIGGER invitations_search_gone AFTER DELETE ON invitations BEGIN
    INSERT INTO search_backlog (kind, subject) VALUES ('invitation', OLD.id);
END;

-- Everything there is already; the service works through it in the background, from the end.
INSERT INTO search_backlog (kind, subject) SELECT 'invitation', id FROM invitations ORDER BY id;
INSERT INTO search_backlog (kind, subject) SELECT 'request', id FROM facility_requests ORDER BY id;
INSERT INTO search_backlog (kind, subject) SELECT 'account', id FROM accounts ORDER BY id;
INSERT INTO search_backlog (kind, subject) SELECT 'case', id FROM cases ORDER BY id;

-- Lists that are long are read in the order of an index.
CREATE INDEX accounts_state ON accounts (state, id);
CREATE INDEX cases_changed ON cases (changed_at, id);
CREATE INDEX cases_state_changed ON cases (state, changed_at, id);
