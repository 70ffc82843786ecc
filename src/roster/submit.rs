//! A request is kept: good rows go to review at once, and never wait for bad ones.

use super::check::{Checked, check};
use super::request::{Contact, Light, Request, RowState, Source};
use super::sheet::SheetRow;
use super::{facts, letters, store};
use crate::account::{self, Account, AccountState};
use crate::audit::{self, Action, Event};
use crate::context::Context;
use crate::db::{Fault, Refused, Tx};
use crate::ids::{AccountId, RosterId};
use crate::secret::Hash;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct NewRequest {
    pub contact: Contact,
    pub source: Source,
    pub rows: Vec<SheetRow>,
}

/// The request as it stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submitted {
    pub request: RosterId,
    pub reference: String,
    /// DU06: the same rows were sent before, and this is the earlier request.
    pub is_repeated: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubmitRequestRefusal {
    /// Only an active account asks for further facilities.
    NotActive,
    NoSuchRequest,
    /// It was confirmed, withdrawn or expired before.
    MovedOn,
}

/// The request is kept with every row checked. From mail it is a draft that its sender confirms; else it is submitted.
pub fn submit(tx: &mut Tx, ctx: &Context, by: AccountId, new: &NewRequest) -> Result<Submitted, Refused<SubmitRequestRefusal>> {
    let account = held_requester(tx, by)?;
    let fingerprint = fingerprint(&new.rows);
    if let Some(known) = store::with_fingerprint(tx, account.person_id, &fingerprint)? {
        return Ok(Submitted { request: known.id, reference: known.reference, is_repeated: true });
    }
    let facts = facts(tx, &ctx.config, ctx.now, &new.rows, account.person_id, &new.contact.email, None)?;
    let checked = check(&ctx.config, new.rows.clone(), &facts);
    let is_draft = new.source == Source::Mail;
    // A clock runs for rows that staff can decide, and for nothing else.
    let good = checked.iter().filter(|row| row.is_good()).count();
    let due_at = (!is_draft && good > 0).then(|| ctx.config.decide_by(ctx.now, None));
    let (id, reference) = store::insert(tx, ctx, &account, new, &fingerprint, due_at)?;
    audit::record(tx, ctx, Event::new(Action::RequestOpened).account(by).roster(id).detail(serde_json::json!({ "source": new.source })))?;
    insert_rows(tx, id, &checked)?;
    if is_draft {
        letters::draft(tx, ctx, &account, id, &reference, checked.len())?;
        return Ok(Submitted { request: id, reference, is_repeated: false });
    }
    let detail = serde_json::json!({ "rows": checked.len(), "in_review": good });
    audit::record(tx, ctx, Event::new(Action::RequestSubmitted).account(by).roster(id).detail(detail))?;
    letters::report(tx, ctx, &account, id, &reference, &checked, due_at)?;
    Ok(Submitted { request: id, reference, is_repeated: false })
}

/// A draft that came by mail is submitted by its sender, every row checked anew.
pub fn confirm(tx: &mut Tx, ctx: &Context, by: AccountId, id: RosterId) -> Result<(), Refused<SubmitRequestRefusal>> {
    let account = held_requester(tx, by)?;
    let request = own(tx, &account, id)?;
    if !store::submit_draft(tx, ctx.now, id)? {
        return Err(Refused::Refusal(SubmitRequestRefusal::MovedOn));
    }
    let rows: Vec<SheetRow> = store::all_rows(tx, id)?.iter().map(super::Row::sheet_row).collect();
    let facts = facts(tx, &ctx.config, ctx.now, &rows, account.person_id, &request.contact_email, Some(id))?;
    let checked = check(&ctx.config, rows, &facts);
    let denied = facts::denied_before(tx, &ids_of(&checked))?;
    for row in &checked {
        store::replace_row(tx, id, row, state_of(row), light_of(row, &denied))?;
    }
    let good = checked.iter().filter(|row| row.is_good()).count();
    let due_at = (good > 0).then(|| ctx.config.decide_by(ctx.now, None));
    store::restart_clock(tx, id, due_at)?;
    let detail = serde_json::json!({ "rows": checked.len(), "in_review": good });
    audit::record(tx, ctx, Event::new(Action::RequestSubmitted).account(by).roster(id).detail(detail))?;
    Ok(letters::report(tx, ctx, &account, id, &request.reference, &checked, due_at)?)
}

/// The account, where it may ask for facilities.
pub(super) fn requester(tx: &mut Tx, by: AccountId) -> Result<Account, Refused<SubmitRequestRefusal>> {
    let account = account::find(tx, by)?.filter(|account| account.state == AccountState::Active && !account.role.is_staff());
    account.ok_or(Refused::Refusal(SubmitRequestRefusal::NotActive))
}

/// The same, with the person held: what else they send is looked at before or after, and never at the same moment.
pub(super) fn held_requester(tx: &mut Tx, by: AccountId) -> Result<Account, Refused<SubmitRequestRefusal>> {
    let person = requester(tx, by)?.person_id;
    account::hold_person(tx, person)?;
    let account = requester(tx, by)?;
    if account.person_id != person {
        return Err(Fault::Again("the account moved at the same moment".into()).into());
    }
    Ok(account)
}

/// The request, where it is this person's.
pub(super) fn own(tx: &mut Tx, account: &Account, id: RosterId) -> Result<Request, Refused<SubmitRequestRefusal>> {
    let request = store::find(tx, id)?.filter(|request| request.person_id == account.person_id);
    request.ok_or(Refused::Refusal(SubmitRequestRefusal::NoSuchRequest))
}

fn insert_rows(tx: &mut Tx, id: RosterId, checked: &[Checked]) -> Result<(), crate::db::Fault> {
    let denied = facts::denied_before(tx, &ids_of(checked))?;
    for row in checked {
        store::insert_row(tx, id, row, state_of(row), light_of(row, &denied))?;
    }
    Ok(())
}

pub(super) fn ids_of(checked: &[Checked]) -> Vec<String> {
    checked.iter().map(|row| row.normal.medicaid_id.clone()).filter(|id| !id.is_empty()).collect()
}

pub(super) fn state_of(row: &Checked) -> RowState {
    if row.is_good() { RowState::InReview } else { RowState::Incomplete }
}

pub(super) fn light_of(row: &Checked, denied: &std::collections::HashSet<String>) -> Light {
    match (row.is_good(), row.is_clean() && !denied.contains(&row.normal.medicaid_id)) {
        (false, _) => Light::Red,
        (true, false) => Light::Amber,
        (true, true) => Light::Green,
    }
}

/// SHA-256 of the rows as people read them: case and spaces of a cell aside, and wherever in the sheet they stood.
fn fingerprint(rows: &[SheetRow]) -> Hash {
    let mut text = String::new();
    for row in rows {
        for cell in &row.cells {
            text.extend(cell.split_whitespace().flat_map(str::chars).flat_map(char::to_lowercase));
            text.push('\u{1f}');
        }
        text.push('\u{1e}');
    }
    Hash::of(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_is_known_again_however_it_was_saved() {
        let row = |number, name: &str| SheetRow { number, cells: ["a@x.test", "1", name, "t", "2", "3"].map(String::from) };
        assert_eq!(fingerprint(&[row(6, "Elm Home")]), fingerprint(&[row(2, " elm  home")]));
        assert_ne!(fingerprint(&[row(6, "Elm Home")]), fingerprint(&[row(6, "Elm House")]));
    }
}
