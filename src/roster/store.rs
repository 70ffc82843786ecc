//! The tables of facility requests and their rows. Every transition is one guarded statement.

use std::collections::HashMap;

use diesel::dsl::min;
use diesel::prelude::*;

use super::NewRequest;
use super::check::Checked;
use super::request::{Light, Request, RequestState, Row, RowState, Source};
use crate::account::{Account, AccountState};
use crate::clock::Timestamp;
use crate::context::Context;
use crate::db::schema::{accounts, facilities, facility_requests, invitations, request_rows};
use crate::db::{Fault, Tx, savepoint};
use crate::ids::{AccountId, FacilityId, PersonId, RosterId, RowId};
use crate::invitation::InvitationState;
use crate::search;
use crate::secret::Hash;

pub fn find(tx: &mut Tx, id: RosterId) -> Result<Option<Request>, Fault> {
    Ok(with_account().filter(facility_requests::id.eq(id)).select(Request::as_select()).first(tx).optional()?)
}

/// Requests beside the accounts that sent them: a request is its account's, whosever that is by now.
#[diesel::dsl::auto_type(no_type_alias)]
fn with_account() -> _ {
    facility_requests::table.inner_join(accounts::table)
}

/// A person's requests, newest first.
pub fn of_person(tx: &mut Tx, person: PersonId, limit: i64) -> Result<Vec<Request>, Fault> {
    let requests = with_account().filter(accounts::person_id.eq(person)).order(facility_requests::id.desc());
    Ok(requests.limit(limit).select(Request::as_select()).load(tx)?)
}

/// The person's request with the very same rows that still stands.
pub(super) fn with_fingerprint(tx: &mut Tx, person: PersonId, fingerprint: &Hash) -> Result<Option<Request>, Fault> {
    let standing = vec![RequestState::Draft, RequestState::Submitted];
    // Where nothing waits and nothing was approved, the same rows may be sent anew.
    let over = vec![RowState::Denied, RowState::Withdrawn];
    let alive = request_rows::table.filter(request_rows::state.ne_all(over)).select(request_rows::request_id);
    let known = with_account()
        .filter(accounts::person_id.eq(person))
        .filter(facility_requests::fingerprint.eq(fingerprint.bytes()))
        .filter(facility_requests::state.eq_any(standing))
        .filter(facility_requests::id.eq_any(alive))
        .select(Request::as_select())
        .first(tx)
        .optional()?;
    Ok(known)
}

pub(super) fn insert(
    tx: &mut Tx,
    ctx: &Context,
    account: &Account,
    new: &NewRequest,
    fingerprint: &Hash,
    due_at: Option<Timestamp>,
) -> Result<(RosterId, String), Fault> {
    let state = if new.source == Source::Mail { RequestState::Draft } else { RequestState::Submitted };
    for _ in 0..8 {
        let id = RosterId::new();
        let letters = ctx.random.typed_code(6);
        let reference = format!("FR-{}-{}", &letters[..4], &letters[4..]);
        let inserted = savepoint(tx, |tx| {
            diesel::insert_into(facility_requests::table)
                .values((
                    facility_requests::id.eq(id),
                    facility_requests::reference.eq(&reference),
                    facility_requests::account_id.eq(account.id),
                    facility_requests::person_id.eq(account.person_id),
                    facility_requests::contact_name.eq(&new.contact.name),
                    facility_requests::contact_phone.eq(&new.contact.phone),
                    facility_requests::contact_email.eq(&new.contact.email),
                    facility_requests::source.eq(new.source),
                    facility_requests::state.eq(state),
                    facility_requests::fingerprint.eq(fingerprint.bytes()),
                    facility_requests::opened_at.eq(ctx.now),
                    facility_requests::changed_at.eq(ctx.now),
                    facility_requests::submitted_at.eq((state == RequestState::Submitted).then_some(ctx.now)),
                    facility_requests::due_at.eq(due_at),
                    facility_requests::reminders.eq(0_i64),
                ))
                .execute(tx)?;
            Ok(())
        })?;
        if inserted.is_some() {
            return Ok((id, reference));
        }
    }
    Err(Fault::broken("no free reference was found"))
}

/// The cells as they are kept: of a good row in their normal form, of another as they were typed.
fn cells(row: &Checked) -> [String; 6] {
    let n = &row.normal;
    match row.is_good() {
        true => [&n.email, &n.phone, &n.name, &n.facility_type, &n.medicaid_id, &n.npi].map(Clone::clone),
        // Longer than any cell that means something; what is cut off is wrong anyway.
        false => row.row.cells.clone().map(|cell| cell.chars().take(500).collect()),
    }
}

fn findings(row: &Checked) -> Result<String, Fault> {
    serde_json::to_string(&row.findings).map_err(|e| Fault::broken(e.to_string()))
}

pub(super) fn insert_row(tx: &mut Tx, request: RosterId, row: &Checked, state: RowState, light: Light) -> Result<(), Fault> {
    let [email, phone, name, kind, medicaid_id, npi] = cells(row);
    diesel::insert_into(request_rows::table)
        .values((
            request_rows::id.eq(RowId::new()),
            request_rows::request_id.eq(request),
            request_rows::number.eq(row.row.number),
            request_rows::state.eq(state),
            request_rows::version.eq(1_i64),
            request_rows::light.eq(light),
            (
                request_rows::contact_email.eq(email),
                request_rows::contact_phone.eq(phone),
                request_rows::facility_name.eq(name),
                request_rows::facility_type.eq(kind),
                request_rows::medicaid_id.eq(medicaid_id),
                request_rows::npi.eq(npi),
            ),
            request_rows::findings.eq(findings(row)?),
        ))
        .execute(tx)?;
    Ok(())
}

/// The next version of a row that was not decided.
pub(super) fn replace_row(tx: &mut Tx, request: RosterId, row: &Checked, state: RowState, light: Light) -> Result<bool, Fault> {
    let [email, phone, name, kind, medicaid_id, npi] = cells(row);
    let open = vec![RowState::Incomplete, RowState::Returned, RowState::InReview];
    let replaced = diesel::update(
        request_rows::table
            .filter(request_rows::request_id.eq(request))
            .filter(request_rows::number.eq(row.row.number))
            .filter(request_rows::state.eq_any(open)),
    )
    .set((
        request_rows::state.eq(state),
        request_rows::version.eq(request_rows::version + 1),
        request_rows::light.eq(light),
        request_rows::contact_email.eq(email),
        request_rows::contact_phone.eq(phone),
        request_rows::facility_name.eq(name),
        request_rows::facility_type.eq(kind),
        request_rows::medicaid_id.eq(medicaid_id),
        request_rows::npi.eq(npi),
        request_rows::findings.eq(findings(row)?),
        request_rows::reason.eq(None::<String>),
    ))
    .execute(tx)?;
    Ok(replaced == 1)
}

/// Takes a submitted request's row: whoever decides, corrects or withdraws takes turns on it.
pub(super) fn touch(tx: &mut Tx, now: Timestamp, id: RosterId) -> Result<bool, Fault> {
    let touched = diesel::update(facility_requests::table.find(id).filter(facility_requests::state.eq(RequestState::Submitted)))
        .set((facility_requests::changed_at.eq(now), facility_requests::reminders.eq(0_i64)))
        .execute(tx)?;
    Ok(touched == 1)
}

/// The clock of newly sent rows, where none runs for others that still wait.
pub(super) fn restart_clock(tx: &mut Tx, id: RosterId, due_at: Option<Timestamp>) -> Result<(), Fault> {
    if let Some(due_at) = due_at {
        let target = facility_requests::table.find(id).filter(facility_requests::due_at.is_null());
        diesel::update(target)
            .set((facility_requests::due_at.eq(due_at), facility_requests::alarmed_at.eq(None::<Timestamp>)))
            .execute(tx)?;
    }
    Ok(())
}

pub(super) fn submit_draft(tx: &mut Tx, now: Timestamp, id: RosterId) -> Result<bool, Fault> {
    let submitted = diesel::update(facility_requests::table.find(id).filter(facility_requests::state.eq(RequestState::Draft)))
        .set((
            facility_requests::state.eq(RequestState::Submitted),
            facility_requests::changed_at.eq(now),
            facility_requests::submitted_at.eq(now),
            facility_requests::reminders.eq(0_i64),
        ))
        .execute(tx)?;
    Ok(submitted == 1)
}

/// Ends a draft or submitted request; rows that were not decided end with it.
pub(super) fn close(tx: &mut Tx, now: Timestamp, id: RosterId, to: RequestState) -> Result<bool, Fault> {
    let open = vec![RequestState::Draft, RequestState::Submitted];
    let closed = diesel::update(facility_requests::table.find(id).filter(facility_requests::state.eq_any(open)))
        .set((facility_requests::state.eq(to), facility_requests::changed_at.eq(now), facility_requests::due_at.eq(None::<Timestamp>)))
        .execute(tx)?;
    if closed == 1 {
        let undecided = vec![RowState::Incomplete, RowState::Returned, RowState::InReview];
        diesel::update(request_rows::table.filter(request_rows::request_id.eq(id)).filter(request_rows::state.eq_any(undecided)))
            .set((request_rows::state.eq(RowState::Withdrawn), request_rows::version.eq(request_rows::version + 1)))
            .execute(tx)?;
    }
    Ok(closed == 1)
}

/// Decides a row in review; false where it moved on. An approved row says what its facility is.
pub(super) fn decide_row(
    tx: &mut Tx,
    now: Timestamp,
    row: &Row,
    to: RowState,
    by: AccountId,
    reason: Option<&str>,
    facility: Option<FacilityId>,
) -> Result<bool, Fault> {
    let decided = diesel::update(
        request_rows::table.find(row.id).filter(request_rows::state.eq(RowState::InReview)).filter(request_rows::version.eq(row.version)),
    )
    .set((
        request_rows::state.eq(to),
        request_rows::reason.eq(reason),
        request_rows::facility_id.eq(facility),
        request_rows::decided_by.eq(by),
        request_rows::decided_at.eq(now),
    ))
    .execute(tx)?;
    if decided == 1 {
        let waiting: i64 = request_rows::table
            .filter(request_rows::request_id.eq(row.request_id))
            .filter(request_rows::state.eq(RowState::InReview))
            .count()
            .get_result(tx)?;
        if waiting == 0 {
            diesel::update(facility_requests::table.find(row.request_id))
                .set(facility_requests::due_at.eq(None::<Timestamp>))
                .execute(tx)?;
        }
    }
    Ok(decided == 1)
}

/// All rows of a request, in the order of the sheet.
pub(super) fn all_rows(tx: &mut Tx, id: RosterId) -> Result<Vec<Row>, Fault> {
    let rows = request_rows::table.filter(request_rows::request_id.eq(id)).order(request_rows::number);
    Ok(rows.select(Row::as_select()).load(tx)?)
}

pub(super) fn rows_in_review(tx: &mut Tx, id: RosterId) -> Result<Vec<Row>, Fault> {
    let rows = request_rows::table.filter(request_rows::request_id.eq(id)).filter(request_rows::state.eq(RowState::InReview));
    Ok(rows.order(request_rows::number).select(Row::as_select()).load(tx)?)
}

/// Which rows of a request are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    All,
    State(RowState),
    Light(Light),
    /// Incomplete and returned ones.
    ToCorrect,
}

/// Rows of a request, a page of them, and how many match in all.
pub fn rows(tx: &mut Tx, id: RosterId, outcome: Outcome, limit: i64, offset: i64) -> Result<(Vec<Row>, i64), Fault> {
    let matching = || {
        let query = request_rows::table.filter(request_rows::request_id.eq(id)).into_boxed();
        match outcome {
            Outcome::All => query,
            Outcome::State(state) => query.filter(request_rows::state.eq(state)),
            Outcome::Light(light) => query.filter(request_rows::state.eq(RowState::InReview)).filter(request_rows::light.eq(light)),
            Outcome::ToCorrect => query.filter(request_rows::state.eq_any(vec![RowState::Incomplete, RowState::Returned])),
        }
    };
    let total = matching().count().get_result(tx)?;
    let rows = matching().order(request_rows::number).limit(limit).offset(offset).select(Row::as_select()).load(tx)?;
    Ok((rows, total))
}

/// Every row that waits for a correction.
pub fn rows_to_correct(tx: &mut Tx, id: RosterId) -> Result<Vec<Row>, Fault> {
    Ok(rows(tx, id, Outcome::ToCorrect, 100_000, 0)?.0)
}

pub fn row(tx: &mut Tx, id: RosterId, number: i64) -> Result<Option<Row>, Fault> {
    let row = request_rows::table.filter(request_rows::request_id.eq(id)).filter(request_rows::number.eq(number));
    Ok(row.select(Row::as_select()).first(tx).optional()?)
}

/// How the rows of a request stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    pub total: i64,
    pub in_review: i64,
    pub green: i64,
    pub to_correct: i64,
    pub approved: i64,
    pub denied: i64,
}

pub fn counts(tx: &mut Tx, id: RosterId) -> Result<Counts, Fault> {
    Ok(counts_of(tx, &[id])?.remove(&id).unwrap_or_default())
}

/// The same for several requests at once.
pub fn counts_of(tx: &mut Tx, ids: &[RosterId]) -> Result<HashMap<RosterId, Counts>, Fault> {
    let groups: Vec<(RosterId, RowState, Light, i64)> = request_rows::table
        .filter(request_rows::request_id.eq_any(ids.to_vec()))
        .group_by((request_rows::request_id, request_rows::state, request_rows::light))
        .select((request_rows::request_id, request_rows::state, request_rows::light, diesel::dsl::count_star()))
        .load(tx)?;
    let mut all: HashMap<RosterId, Counts> = HashMap::new();
    for (id, state, light, count) in groups {
        let counts = all.entry(id).or_default();
        counts.total += count;
        match state {
            RowState::InReview => {
                counts.in_review += count;
                counts.green += if light == Light::Green { count } else { 0 };
            }
            RowState::Incomplete | RowState::Returned => counts.to_correct += count,
            RowState::Approved => counts.approved += count,
            RowState::Denied => counts.denied += count,
            RowState::Withdrawn => {}
        }
    }
    Ok(all)
}

/// What staff look for among requests.
#[derive(Debug, Clone, Default)]
pub struct RequestFilter {
    pub text: String,
    /// Only those with rows in review.
    pub waiting: bool,
    pub limit: i64,
    pub offset: i64,
}

/// Requests that match, the most urgent first, with the requester's username and how many there are in all.
pub fn requests(tx: &mut Tx, filter: &RequestFilter) -> Result<(Vec<(Request, String)>, i64), Fault> {
    let ordered = |found: Option<&search::Found>| {
        let mut query =
            facility_requests::table.inner_join(accounts::table).filter(facility_requests::state.ne(RequestState::Draft)).into_boxed();
        if filter.waiting {
            query = query.filter(facility_requests::due_at.is_not_null());
        }
        if let Some(found) = found {
            query = query.filter(facility_requests::id.eq_any(found.subjects.clone()));
        }
        query.order((facility_requests::due_at.is_null(), facility_requests::due_at, facility_requests::id.desc()))
    };
    let mut found = search::find(tx, search::Kind::Request, &filter.text)?;
    if found.as_ref().is_some_and(|found| !found.is_all) {
        let listed: Vec<RowId> = ordered(None).limit(search::MOST_LISTED).select(facility_requests::id).load(tx)?;
        let subjects = search::among(tx, search::Kind::Request, &filter.text, listed)?;
        found = Some(search::Found { subjects, is_all: true });
    }
    let counted: Vec<RosterId> = ordered(found.as_ref()).limit(search::MOST_LISTED).select(facility_requests::id).load(tx)?;
    let page = ordered(found.as_ref()).limit(filter.limit).offset(filter.offset);
    let rows = page.select((Request::as_select(), accounts::username)).load(tx)?;
    Ok((rows, counted.len() as i64))
}

/// Who holds facilities with these Medicaid IDs, by accounts that are not closed.
pub(super) fn holders(tx: &mut Tx, medicaid_ids: &[String]) -> Result<Vec<(String, PersonId)>, Fault> {
    let found: Vec<(Option<String>, PersonId)> = accounts::table
        .inner_join(facilities::table.on(accounts::facility_id.eq(facilities::id.nullable())))
        .filter(facilities::medicaid_id.eq_any(medicaid_ids.to_vec()))
        .filter(accounts::state.eq_any(vec![AccountState::Active, AccountState::Suspended]))
        .select((facilities::medicaid_id, accounts::person_id))
        .load(tx)?;
    Ok(found.into_iter().filter_map(|(id, person)| Some((id?, person))).collect())
}

/// Those of the Medicaid IDs that this person's requests have open invitations for.
pub(super) fn invited(tx: &mut Tx, medicaid_ids: &[String], person: PersonId) -> Result<Vec<String>, Fault> {
    let found: Vec<Option<String>> = invitations::table
        .inner_join(facilities::table)
        .inner_join(accounts::table.on(invitations::invited_by.eq(accounts::id)))
        .filter(facilities::medicaid_id.eq_any(medicaid_ids.to_vec()))
        .filter(invitations::state.eq(InvitationState::Open))
        .filter(accounts::person_id.eq(person))
        .select(facilities::medicaid_id)
        .load(tx)?;
    Ok(found.into_iter().flatten().collect())
}

/// Who has these Medicaid IDs in review, in other requests than `own`.
pub(super) fn pending(tx: &mut Tx, medicaid_ids: &[String], own: Option<RosterId>) -> Result<Vec<(String, PersonId)>, Fault> {
    let mut query = request_rows::table
        .inner_join(facility_requests::table.inner_join(accounts::table))
        .filter(request_rows::medicaid_id.eq_any(medicaid_ids.to_vec()))
        .filter(request_rows::state.eq(RowState::InReview))
        .filter(facility_requests::state.eq(RequestState::Submitted))
        .select((request_rows::medicaid_id, accounts::person_id))
        .into_boxed();
    if let Some(own) = own {
        query = query.filter(request_rows::request_id.ne(own));
    }
    Ok(query.load(tx)?)
}

/// Those of the Medicaid IDs for which a row was denied.
pub(super) fn denied(tx: &mut Tx, medicaid_ids: &[String]) -> Result<Vec<String>, Fault> {
    let found = request_rows::table
        .filter(request_rows::medicaid_id.eq_any(medicaid_ids.to_vec()))
        .filter(request_rows::state.eq(RowState::Denied))
        .select(request_rows::medicaid_id)
        .load(tx)?;
    Ok(found)
}

/// Requests that lie still: drafts since `drafts`, and those with rows to correct and none in review since `corrections`.
///
/// With `reminded`, only those that had at most so many reminders.
pub(super) fn idle_since(
    tx: &mut Tx,
    drafts: Timestamp,
    corrections: Timestamp,
    reminded: Option<i64>,
    limit: i64,
) -> Result<Vec<Request>, Fault> {
    let to_correct = request_rows::table
        .filter(request_rows::state.eq_any(vec![RowState::Incomplete, RowState::Returned]))
        .select(request_rows::request_id);
    let mut query = with_account()
        .filter(
            facility_requests::state.eq(RequestState::Draft).and(facility_requests::changed_at.le(drafts)).or(facility_requests::state
                .eq(RequestState::Submitted)
                .and(facility_requests::due_at.is_null())
                .and(facility_requests::changed_at.le(corrections))
                .and(facility_requests::id.eq_any(to_correct))),
        )
        .order(facility_requests::changed_at)
        .limit(limit)
        .select(Request::as_select())
        .into_boxed();
    if let Some(reminded) = reminded {
        query = query.filter(facility_requests::reminders.le(reminded));
    }
    Ok(query.load(tx)?)
}

/// Ends an idle request, where it did not move since it was read: a draft wholly, another only in its uncorrected rows.
pub(super) fn expire(tx: &mut Tx, now: Timestamp, request: &Request) -> Result<bool, Fault> {
    let target = facility_requests::table
        .find(request.id)
        .filter(facility_requests::state.eq(request.state))
        .filter(facility_requests::changed_at.eq(request.changed_at));
    let held = diesel::update(target).set(facility_requests::changed_at.eq(now)).execute(tx)?;
    if held == 0 {
        return Ok(false);
    }
    if request.state == RequestState::Draft {
        return close(tx, now, request.id, RequestState::Expired);
    }
    let undecided = vec![RowState::Incomplete, RowState::Returned];
    diesel::update(request_rows::table.filter(request_rows::request_id.eq(request.id)).filter(request_rows::state.eq_any(undecided)))
        .set((request_rows::state.eq(RowState::Withdrawn), request_rows::version.eq(request_rows::version + 1)))
        .execute(tx)?;
    Ok(true)
}

/// Counts the reminder after `sent`, where the request did not move since it was read.
pub(super) fn take_reminder(tx: &mut Tx, request: &Request, sent: i64) -> Result<bool, Fault> {
    let taken = diesel::update(
        facility_requests::table
            .find(request.id)
            .filter(facility_requests::state.eq(request.state))
            .filter(facility_requests::changed_at.eq(request.changed_at))
            .filter(facility_requests::reminders.le(sent)),
    )
    .set(facility_requests::reminders.eq(sent + 1))
    .execute(tx)?;
    Ok(taken == 1)
}

/// Submitted requests whose clock has run out and that no alarm was given for.
pub fn overdue(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<Request>, Fault> {
    let overdue = with_account()
        .filter(facility_requests::state.eq(RequestState::Submitted))
        .filter(facility_requests::due_at.le(now))
        .filter(facility_requests::alarmed_at.is_null())
        .order(facility_requests::due_at)
        .limit(limit);
    Ok(overdue.select(Request::as_select()).load(tx)?)
}

/// What waits for staff: how many, how many of them past their clock, and since when the oldest waits.
pub fn backlog(tx: &mut Tx, now: Timestamp) -> Result<(i64, i64, Option<Timestamp>), Fault> {
    let waiting = || facility_requests::table.filter(facility_requests::state.eq(RequestState::Submitted));
    let late = waiting().filter(facility_requests::due_at.le(now)).count().get_result(tx)?;
    Ok((waiting().count().get_result(tx)?, late, waiting().select(min(facility_requests::submitted_at)).first(tx)?))
}

/// Notes the alarm, where the clock is still over: true for one caller.
pub fn take_alarm(tx: &mut Tx, now: Timestamp, id: RosterId) -> Result<bool, Fault> {
    let late = facility_requests::table
        .find(id)
        .filter(facility_requests::state.eq(RequestState::Submitted))
        .filter(facility_requests::due_at.le(now))
        .filter(facility_requests::alarmed_at.is_null());
    let taken = diesel::update(late).set(facility_requests::alarmed_at.eq(now)).execute(tx)?;
    Ok(taken == 1)
}

/// How many requests have rows in review.
pub fn waiting(tx: &mut Tx) -> Result<i64, Fault> {
    Ok(facility_requests::table.filter(facility_requests::due_at.is_not_null()).count().get_result(tx)?)
}

/// Notes that a message was looked at; false where it was before.
pub(super) fn insert_message(tx: &mut Tx, message_id: &str, outcome: &str, now: Timestamp) -> Result<bool, Fault> {
    use crate::db::schema::received_messages;
    let inserted = savepoint(tx, |tx| {
        diesel::insert_into(received_messages::table)
            .values((
                received_messages::message_id.eq(message_id),
                received_messages::outcome.eq(outcome),
                received_messages::received_at.eq(now),
            ))
            .execute(tx)?;
        Ok(())
    })?;
    Ok(inserted.is_some())
}

/// Requests of the account that are drafts or not decided are withdrawn; returns them.
pub(super) fn close_of(tx: &mut Tx, now: Timestamp, account: AccountId) -> Result<Vec<RosterId>, Fault> {
    let open = vec![RequestState::Draft, RequestState::Submitted];
    let own = facility_requests::table.filter(facility_requests::account_id.eq(account)).filter(facility_requests::state.eq_any(open));
    let mut closed = Vec::new();
    for id in own.select(facility_requests::id).load::<RosterId>(tx)? {
        if close(tx, now, id, RequestState::Withdrawn)? {
            closed.push(id);
        }
    }
    Ok(closed)
}

/// What the account asked for stays; whom it named for it does not, nor does the row by which it was invited name it.
pub fn erase(tx: &mut Tx, account: AccountId, invited_by: Option<RowId>) -> Result<(), Fault> {
    let own = facility_requests::table.filter(facility_requests::account_id.eq(account)).select(facility_requests::id);
    let mut rows: Vec<RowId> = request_rows::table.filter(request_rows::request_id.eq_any(own)).select(request_rows::id).load(tx)?;
    rows.extend(invited_by);
    for some in rows.chunks(500) {
        diesel::update(request_rows::table.filter(request_rows::id.eq_any(some.to_vec())))
            .set((
                request_rows::contact_email.eq(""),
                request_rows::contact_phone.eq(""),
                request_rows::reason.eq(None::<String>),
                request_rows::findings.eq("[]"),
            ))
            .execute(tx)?;
    }
    diesel::update(facility_requests::table.filter(facility_requests::account_id.eq(account)))
        .set((facility_requests::contact_name.eq(""), facility_requests::contact_phone.eq(""), facility_requests::contact_email.eq("")))
        .execute(tx)?;
    Ok(())
}
