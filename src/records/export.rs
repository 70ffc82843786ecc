//! What is kept of a person, in one document that can be handed to them. It holds no secret: no password, code, token or key;
//! and it does not tell of a legal hold, which may be about an inquiry into them.

use serde_json::{Value, json};

use crate::account::{self, Account};
use crate::audit::{self, Action, Event};
use crate::authentication;
use crate::clock::Timestamp;
use crate::context::Context;
use crate::db::{Fault, Tx};
use crate::facility;
use crate::ids::{AccountId, PersonId};
use crate::{invitation, oidc, outbox, profile, registration, roster};

/// More than anybody has.
const ALL: i64 = 1_000_000;

/// What is kept of the person, account by account; that it was exported is in the audit.
pub fn export(tx: &mut Tx, ctx: &Context, person: PersonId) -> Result<Value, Fault> {
    let mut accounts = Vec::new();
    for account in account::all_of_person(tx, person)? {
        accounts.push(of_account(tx, &account)?);
        audit::record(tx, ctx, Event::new(Action::RecordsExported).account(account.id))?;
    }
    let factor = |(kind, since): (String, Timestamp)| json!({ "kind": kind, "since": time(since) });
    Ok(json!({
        "exported_at": time(ctx.now),
        "person": person,
        "second_factors": authentication::second_factors(tx, person)?.into_iter().map(factor).collect::<Vec<_>>(),
        "accounts": accounts,
        "facility_requests": requests(tx, person)?,
    }))
}

fn time(at: Timestamp) -> Value {
    at.rfc3339().into()
}

fn maybe(at: Option<Timestamp>) -> Value {
    at.map_or(Value::Null, time)
}

fn of_account(tx: &mut Tx, account: &Account) -> Result<Value, Fault> {
    let id = account.id;
    let profile = profile::find(tx, id)?.map(|profile| profile.stated());
    let facility = facility::of(tx, account.facility_id)?.map(|facility| {
        json!({ "id": facility.id, "name": facility.name, "type": facility.facility_type, "organization_type": facility.organization_type,
            "medicaid_id": facility.medicaid_id, "npi": facility.npi, "approved_at": time(facility.approved_at) })
    });
    let invited = invitation::of_account(tx, id)?
        .map(|invitation| json!({ "to": invitation.email, "telephone": invitation.contact_phone, "at": time(invitation.created_at) }));
    Ok(json!({
        "id": id,
        "username": account.username,
        "role": account.role,
        "state": account.state,
        "suspended_because": account.suspension_reason,
        "email": account.email,
        "email_confirmed_at": maybe(account.email_confirmed_at),
        "language": account::language_of(tx, id)?,
        "password_changed_at": maybe(account.password_changed_at),
        "created_at": time(account.created_at),
        "approved_at": maybe(account.approved_at),
        "erased_at": maybe(account.erased_at),
        "stated": profile,
        "facility": facility,
        "invited": invited,
        "cases": cases(tx, id)?,
        "sign_ins": sign_ins(tx, id)?,
        "applications": applications(tx, id)?,
        "letters": letters(tx, id)?,
        "history": history(tx, id)?,
    }))
}

fn cases(tx: &mut Tx, account: AccountId) -> Result<Vec<Value>, Fault> {
    let mut cases = Vec::new();
    for case in registration::all_of(tx, account)? {
        let mut versions = Vec::new();
        for (version, stated_at) in registration::versions(tx, case.id)? {
            let stated = registration::stated(tx, case.id, version)?;
            versions.push(json!({ "version": version, "stated_at": time(stated_at), "stated": stated }));
        }
        cases.push(json!({
            "reference": case.reference,
            "kind": case.kind,
            "state": case.state,
            "opened_at": time(case.opened_at),
            "submitted_at": maybe(case.submitted_at),
            "decided_at": maybe(case.decided_at),
            "reason": case.reason,
            "remarks": case.remarks().into_iter().collect::<std::collections::BTreeMap<_, _>>(),
            "versions": versions,
        }));
    }
    Ok(cases)
}

fn sign_ins(tx: &mut Tx, account: AccountId) -> Result<Vec<Value>, Fault> {
    let session = |session: authentication::OpenSession| {
        json!({ "browser": session.user_agent, "begun_at": time(session.created_at), "last_seen_at": time(session.last_seen_at),
            "ended_at": maybe(session.ended_at) })
    };
    Ok(authentication::all_sessions_of(tx, account)?.into_iter().map(session).collect())
}

fn applications(tx: &mut Tx, account: AccountId) -> Result<Vec<Value>, Fault> {
    let consent = |consent: oidc::grant::Consent| json!({ "client_id": consent.client_id, "scope": consent.scope.to_string(), "allowed_at": time(consent.granted_at) });
    Ok(oidc::grant::consents_of(tx, account)?.into_iter().map(consent).collect())
}

fn letters(tx: &mut Tx, account: AccountId) -> Result<Vec<Value>, Fault> {
    let letter = |row: outbox::Row| {
        json!({ "letter": row.letter, "to": row.recipient, "written_at": time(row.created_at), "accepted_at": maybe(row.accepted_at),
            "given_up_at": maybe(row.dead_at), "answer": row.answer })
    };
    Ok(outbox::of_account(tx, account, ALL)?.into_iter().filter(|row| row.letter.is_some()).map(letter).collect())
}

fn requests(tx: &mut Tx, person: PersonId) -> Result<Vec<Value>, Fault> {
    let mut requests = Vec::new();
    for request in roster::of_person(tx, person, ALL)? {
        let row = |row: roster::Row| {
            json!({ "number": row.number, "state": row.state, "contact_email": row.contact_email, "contact_phone": row.contact_phone,
                "facility_name": row.facility_name, "facility_type": row.facility_type, "medicaid_id": row.medicaid_id, "npi": row.npi,
                "reason": row.reason, "decided_at": maybe(row.decided_at) })
        };
        requests.push(json!({
            "reference": request.reference,
            "account": request.account_id,
            "state": request.state,
            "contact_name": request.contact_name,
            "contact_phone": request.contact_phone,
            "contact_email": request.contact_email,
            "opened_at": time(request.opened_at),
            "rows": roster::rows(tx, request.id, roster::Outcome::All, ALL, 0)?.0.into_iter().map(row).collect::<Vec<_>>(),
        }));
    }
    Ok(requests)
}

/// What happened to the account, oldest first; who did it is named by kind alone.
fn history(tx: &mut Tx, account: AccountId) -> Result<Vec<Value>, Fault> {
    let mut trail = audit::trail_of_account(tx, account, ALL)?;
    trail.reverse();
    let entry =
        |(entry, _): (audit::Entry, Option<String>)| json!({ "at": time(entry.at), "action": entry.action, "by": entry.actor_kind });
    let told = trail.into_iter().filter(|(entry, _)| !entry.action.starts_with("records."));
    Ok(told.map(entry).collect())
}
