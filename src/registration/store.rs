//! The tables of cases and their versions. Every transition is one guarded statement, and each caller checks that it moved.

use std::time::Duration;

use diesel::dsl::min;
use diesel::prelude::*;

use super::case::{Case, CaseKind, CaseState};
use crate::audit::{self, Action, Event};
use crate::clock::Timestamp;
use crate::context::Context;
use crate::db::schema::{accounts, case_versions, cases};
use crate::db::{Fault, Tx, savepoint};
use crate::ids::{AccountId, CaseId, FacilityId, RowId};
use crate::profile::Stated;
use crate::search;
use crate::values::Username;

/// A claim holds a case for this long.
const LEASE: Duration = Duration::from_secs(15 * 60);

pub fn find(tx: &mut Tx, id: CaseId) -> Result<Option<Case>, Fault> {
    Ok(cases::table.find(id).select(Case::as_select()).first(tx).optional()?)
}

/// The account's open case, else its newest.
pub fn latest_of(tx: &mut Tx, account: AccountId) -> Result<Option<Case>, Fault> {
    let newest = cases::table.filter(cases::account_id.eq(account)).order((cases::open_key.is_null(), cases::id.desc()));
    Ok(newest.select(Case::as_select()).first(tx).optional()?)
}

/// Whether the account waits for a decision on a change of what was approved.
pub fn has_open_change(tx: &mut Tx, account: AccountId) -> Result<bool, Fault> {
    let open: i64 = cases::table.filter(cases::open_key.eq(account)).filter(cases::kind.eq(CaseKind::Change)).count().get_result(tx)?;
    Ok(open > 0)
}

/// Opens a draft. An account has one open case at most; a second is refused by its key.
///
/// `offered` is the facility that an invitation is for.
pub(super) fn open(tx: &mut Tx, ctx: &Context, account: AccountId, kind: CaseKind, offered: Option<FacilityId>) -> Result<CaseId, Fault> {
    for _ in 0..8 {
        let id = CaseId::new();
        let letters = ctx.random.typed_code(6);
        let reference = format!("PR-{}-{}", &letters[..4], &letters[4..]);
        let opened = savepoint(tx, |tx| {
            diesel::insert_into(cases::table)
                .values((
                    cases::id.eq(id),
                    cases::reference.eq(&reference),
                    cases::kind.eq(kind),
                    cases::account_id.eq(account),
                    cases::open_key.eq(account),
                    cases::state.eq(CaseState::Draft),
                    cases::version.eq(0_i64),
                    cases::opened_at.eq(ctx.now),
                    cases::changed_at.eq(ctx.now),
                    cases::facility_id.eq(offered),
                    cases::organization_name.eq(""),
                    cases::search_text.eq(reference.to_lowercase()),
                ))
                .execute(tx)?;
            Ok(())
        })?;
        if opened.is_some() {
            audit::record(tx, ctx, Event::new(Action::CaseOpened).account(account).case(id).detail(serde_json::json!({ "kind": kind })))?;
            return Ok(id);
        }
        if latest_of(tx, account)?.is_some_and(|case| case.state.is_open()) {
            return Err(Fault::Again("the account has an open case".into()));
        }
    }
    Err(Fault::broken("no free reference was found"))
}

/// The next version of an open case, in state `to`; false where the case has moved on.
pub(super) fn submit(
    tx: &mut Tx,
    now: Timestamp,
    case: &Case,
    to: CaseState,
    due_at: Option<Timestamp>,
    stated: &Stated,
) -> Result<bool, Fault> {
    let search = format!(
        "{} {} {} {} {} {}",
        case.reference,
        stated.medicaid_id,
        stated.npi,
        stated.organization_name,
        stated.full_name(),
        stated.contact_email
    );
    let moved = diesel::update(cases::table.find(case.id).filter(cases::state.eq(case.state)).filter(cases::version.eq(case.version)))
        .set((
            cases::state.eq(to),
            cases::version.eq(case.version + 1),
            cases::changed_at.eq(now),
            cases::submitted_at.eq(case.submitted_at.or((to == CaseState::InReview).then_some(now))),
            cases::due_at.eq(due_at),
            cases::clock_left.eq(None::<i64>),
            cases::reason.eq(None::<String>),
            cases::remarks.eq(None::<String>),
            cases::reminders.eq(0_i64),
            cases::organization_name.eq(&stated.organization_name),
            cases::search_text.eq(Username::fold_all(&search)),
        ))
        .execute(tx)?;
    if moved == 0 {
        return Ok(false);
    }
    diesel::insert_into(case_versions::table)
        .values((
            case_versions::case_id.eq(case.id),
            case_versions::version.eq(case.version + 1),
            case_versions::stated.eq(serde_json::to_string(stated).map_err(|e| Fault::broken(e.to_string()))?),
            case_versions::stated_at.eq(now),
        ))
        .execute(tx)?;
    Ok(true)
}

/// A submitted case whose address was confirmed is in review.
pub(super) fn enter_queue(tx: &mut Tx, now: Timestamp, case: &Case, due_at: Timestamp) -> Result<bool, Fault> {
    let moved = diesel::update(cases::table.find(case.id).filter(cases::state.eq(CaseState::AwaitingEmail)))
        .set((cases::state.eq(CaseState::InReview), cases::changed_at.eq(now), cases::submitted_at.eq(now), cases::due_at.eq(due_at)))
        .execute(tx)?;
    Ok(moved == 1)
}

/// An invitation's case whose facts are the approved ones is approved, with nobody's decision.
pub(super) fn accept(tx: &mut Tx, now: Timestamp, id: CaseId) -> Result<bool, Fault> {
    let waiting = vec![CaseState::InReview, CaseState::AwaitingEmail];
    let accepted = diesel::update(
        cases::table
            .find(id)
            .filter(cases::kind.eq(CaseKind::Invitation))
            .filter(cases::state.eq_any(waiting))
            .filter(cases::decided_by.is_null()),
    )
    .set((
        cases::state.eq(CaseState::Approved),
        cases::open_key.eq(None::<AccountId>),
        cases::changed_at.eq(now),
        cases::decided_at.eq(now),
        cases::claimed_by.eq(None::<AccountId>),
        cases::claimed_until.eq(None::<Timestamp>),
    ))
    .execute(tx)?;
    Ok(accepted == 1)
}

/// An open case is over, without a decision.
pub(super) fn close(tx: &mut Tx, now: Timestamp, case: &Case, to: CaseState) -> Result<bool, Fault> {
    let closed = diesel::update(cases::table.find(case.id).filter(cases::state.eq(case.state)).filter(cases::version.eq(case.version)))
        .set((cases::state.eq(to), cases::open_key.eq(None::<AccountId>), cases::changed_at.eq(now)))
        .execute(tx)?;
    Ok(closed == 1)
}

pub(super) fn unconfirmed_since(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<Vec<CaseId>, Fault> {
    let due = cases::table
        .inner_join(accounts::table)
        .filter(cases::state.eq_any(vec![CaseState::Draft, CaseState::AwaitingEmail]))
        .filter(accounts::email_confirmed_at.is_null())
        .filter(cases::opened_at.lt(before))
        .order(cases::opened_at)
        .limit(limit)
        .select(cases::id)
        .load(tx)?;
    Ok(due)
}

/// Confirmed drafts untouched since `drafts`, and returned cases since `returned`; with `reminded`, at most so often reminded.
pub(super) fn idle_since(
    tx: &mut Tx,
    drafts: Timestamp,
    returned: Timestamp,
    reminded: Option<i64>,
    limit: i64,
) -> Result<Vec<Case>, Fault> {
    let mut query = cases::table
        .inner_join(accounts::table)
        .filter(accounts::email_confirmed_at.is_not_null())
        .filter(
            (cases::state.eq(CaseState::Draft).and(cases::changed_at.le(drafts)))
                .or(cases::state.eq(CaseState::Returned).and(cases::changed_at.le(returned))),
        )
        .order(cases::changed_at)
        .limit(limit)
        .select(Case::as_select())
        .into_boxed();
    if let Some(reminded) = reminded {
        query = query.filter(cases::reminders.le(reminded));
    }
    Ok(query.load(tx)?)
}

/// Counts the reminder after `sent`, where the case did not move since it was read.
pub(super) fn take_reminder(tx: &mut Tx, case: &Case, sent: i64) -> Result<bool, Fault> {
    let taken = diesel::update(
        cases::table
            .find(case.id)
            .filter(cases::state.eq(case.state))
            .filter(cases::version.eq(case.version))
            .filter(cases::reminders.le(sent)),
    )
    .set(cases::reminders.eq(sent + 1))
    .execute(tx)?;
    Ok(taken == 1)
}

/// Cases whose clock has run out and that no alarm was given for.
pub fn overdue(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<Case>, Fault> {
    let overdue = cases::table
        .filter(cases::state.eq(CaseState::InReview))
        .filter(cases::due_at.le(now))
        .filter(cases::alarmed_at.is_null())
        .order(cases::due_at)
        .limit(limit);
    Ok(overdue.select(Case::as_select()).load(tx)?)
}

/// What waits for staff: how many, how many of them past their clock, and since when the oldest waits.
pub fn backlog(tx: &mut Tx, now: Timestamp) -> Result<(i64, i64, Option<Timestamp>), Fault> {
    let waiting = || cases::table.filter(cases::state.eq(CaseState::InReview));
    let late = waiting().filter(cases::due_at.le(now)).count().get_result(tx)?;
    Ok((waiting().count().get_result(tx)?, late, waiting().select(min(cases::submitted_at)).first(tx)?))
}

/// Notes the alarm: true for one caller.
pub fn take_alarm(tx: &mut Tx, now: Timestamp, id: CaseId) -> Result<bool, Fault> {
    let taken = diesel::update(cases::table.find(id).filter(cases::alarmed_at.is_null()).filter(cases::state.eq(CaseState::InReview)))
        .set(cases::alarmed_at.eq(now))
        .execute(tx)?;
    Ok(taken == 1)
}

/// How many cases wait, and how many of them are overdue.
pub fn waiting(tx: &mut Tx, now: Timestamp) -> Result<(i64, i64), Fault> {
    let waiting = cases::table.filter(cases::state.eq(CaseState::InReview));
    Ok((waiting.count().get_result(tx)?, waiting.filter(cases::due_at.le(now)).count().get_result(tx)?))
}

/// What was stated in one version of a case.
pub fn stated(tx: &mut Tx, case: CaseId, version: i64) -> Result<Option<Stated>, Fault> {
    let text: Option<String> = case_versions::table.find((case, version)).select(case_versions::stated).first(tx).optional()?;
    text.map(|text| serde_json::from_str(&text).map_err(|e| Fault::broken(e.to_string()))).transpose()
}

/// When each version was stated.
pub fn versions(tx: &mut Tx, case: CaseId) -> Result<Vec<(i64, Timestamp)>, Fault> {
    let versions = case_versions::table.filter(case_versions::case_id.eq(case)).order(case_versions::version);
    Ok(versions.select((case_versions::version, case_versions::stated_at)).load(tx)?)
}

pub fn newest_version(tx: &mut Tx, case: &Case) -> Result<Stated, Fault> {
    Ok(stated(tx, case.id, case.version)?.unwrap_or_default())
}

/// What a decision writes into its case.
#[derive(Debug, Clone)]
pub struct Decision<'a> {
    pub to: CaseState,
    pub by: AccountId,
    pub reason: Option<&'a str>,
    pub remarks: Option<String>,
    pub facility: Option<FacilityId>,
    /// What is left on the clock, in microseconds, where the case is returned.
    pub clock_left: Option<i64>,
}

/// Decides version `version` of a case in review; false where it moved on, or another holds it.
pub fn decide(tx: &mut Tx, now: Timestamp, case: &Case, version: i64, decision: &Decision<'_>) -> Result<bool, Fault> {
    let keeps_open = decision.to == CaseState::Returned;
    let decided = diesel::update(
        cases::table
            .find(case.id)
            .filter(cases::state.eq(CaseState::InReview))
            .filter(cases::version.eq(version))
            .filter(cases::claimed_until.is_null().or(cases::claimed_until.le(now)).or(cases::claimed_by.eq(decision.by))),
    )
    .set((
        cases::state.eq(decision.to),
        cases::open_key.eq(keeps_open.then_some(case.account_id)),
        cases::changed_at.eq(now),
        cases::clock_left.eq(decision.clock_left),
        cases::reminders.eq(0_i64),
        cases::due_at.eq(if keeps_open { None } else { case.due_at }),
        cases::claimed_by.eq(None::<AccountId>),
        cases::claimed_until.eq(None::<Timestamp>),
        cases::decided_by.eq(decision.by),
        cases::decided_at.eq(now),
        cases::reason.eq(decision.reason),
        cases::remarks.eq(decision.remarks.clone()),
        cases::facility_id.eq(decision.facility),
    ))
    .execute(tx)?;
    Ok(decided == 1)
}

/// An approved case is in review again.
pub fn reopen(tx: &mut Tx, now: Timestamp, case: &Case, due_at: Timestamp, reason: &str) -> Result<bool, Fault> {
    let reopened = diesel::update(cases::table.find(case.id).filter(cases::state.eq(CaseState::Approved)))
        .set((
            cases::state.eq(CaseState::InReview),
            cases::open_key.eq(case.account_id),
            cases::changed_at.eq(now),
            cases::due_at.eq(due_at),
            cases::clock_left.eq(None::<i64>),
            cases::reason.eq(reason),
        ))
        .execute(tx)?;
    Ok(reopened == 1)
}

/// Holds a case in review for `by` for fifteen minutes; false where another holds it.
pub fn claim(tx: &mut Tx, now: Timestamp, id: CaseId, by: AccountId) -> Result<bool, Fault> {
    let claimed = diesel::update(
        cases::table
            .find(id)
            .filter(cases::state.eq(CaseState::InReview))
            .filter(cases::claimed_until.is_null().or(cases::claimed_until.le(now)).or(cases::claimed_by.eq(by))),
    )
    .set((cases::claimed_by.eq(by), cases::claimed_until.eq(now + LEASE)))
    .execute(tx)?;
    Ok(claimed == 1)
}

/// Lets a case go that `by` holds.
pub fn release(tx: &mut Tx, id: CaseId, by: AccountId) -> Result<bool, Fault> {
    let released = diesel::update(cases::table.find(id).filter(cases::claimed_by.eq(by)))
        .set((cases::claimed_by.eq(None::<AccountId>), cases::claimed_until.eq(None::<Timestamp>)))
        .execute(tx)?;
    Ok(released == 1)
}

/// What staff look for in the queue.
#[derive(Debug, Clone)]
pub struct QueueFilter {
    pub now: Timestamp,
    pub text: String,
    pub state: Option<CaseState>,
    pub claimed_by: Option<AccountId>,
    pub limit: i64,
    pub offset: i64,
}

/// Cases that match, with the applicant's username, and how many there are in all, up to [`search::MOST_LISTED`]: those in review
/// the most urgent first, others the latest change first.
pub fn queue(tx: &mut Tx, filter: &QueueFilter) -> Result<(Vec<(Case, String)>, i64), Fault> {
    let ordered = |found: Option<&search::Found>| {
        let mut query = cases::table.inner_join(accounts::table).into_boxed();
        query = match filter.state {
            Some(state) => query.filter(cases::state.eq(state)),
            None => query.filter(cases::state.ne_all(vec![CaseState::Draft, CaseState::AwaitingEmail])),
        };
        if let Some(by) = filter.claimed_by {
            query = query.filter(cases::claimed_by.eq(by)).filter(cases::claimed_until.gt(filter.now));
        }
        if let Some(found) = found {
            query = query.filter(cases::id.eq_any(found.subjects.clone()));
        }
        match filter.state {
            Some(CaseState::InReview) => query.order((cases::due_at, cases::id)),
            _ => query.order((cases::changed_at.desc(), cases::id.desc())),
        }
    };
    let mut found = search::find(tx, search::Kind::Case, &filter.text)?;
    if found.as_ref().is_some_and(|found| !found.is_all) {
        // Very many have the word: then it is looked for among those that are listed, in the order of the list.
        let listed: Vec<RowId> = ordered(None).limit(search::MOST_LISTED).select(cases::id).load(tx)?;
        let subjects = search::among(tx, search::Kind::Case, &filter.text, listed)?;
        found = Some(search::Found { subjects, is_all: true });
    }
    let counted: Vec<CaseId> = ordered(found.as_ref()).limit(search::MOST_LISTED).select(cases::id).load(tx)?;
    let page = ordered(found.as_ref()).limit(filter.limit).offset(filter.offset);
    let rows = page.select((Case::as_select(), accounts::username)).load(tx)?;
    Ok((rows, counted.len() as i64))
}

/// Other cases in which the same Medicaid ID or NPI was stated.
pub fn similar(tx: &mut Tx, case: &Case, stated: &Stated) -> Result<Vec<Case>, Fault> {
    let mut found = Vec::new();
    for needle in [&stated.medicaid_id, &stated.npi] {
        let Some(alike) = search::find(tx, search::Kind::Case, needle)? else { continue };
        let rows: Vec<Case> = cases::table
            .filter(cases::id.eq_any(alike.subjects))
            .filter(cases::id.ne(case.id))
            .filter(cases::state.ne_all(vec![CaseState::Draft, CaseState::AwaitingEmail, CaseState::Expired, CaseState::Withdrawn]))
            .order(cases::id.desc())
            .limit(10)
            .select(Case::as_select())
            .load(tx)?;
        found.extend(rows);
    }
    found.sort_by_key(|case| case.id);
    found.dedup_by_key(|case| case.id);
    Ok(found)
}

/// Every case of an account, oldest first.
pub fn all_of(tx: &mut Tx, account: AccountId) -> Result<Vec<Case>, Fault> {
    Ok(cases::table.filter(cases::account_id.eq(account)).order(cases::id).select(Case::as_select()).load(tx)?)
}

/// That its cases were decided, by whom and when stays; what was stated and written in them does not.
pub fn erase(tx: &mut Tx, account: AccountId) -> Result<(), Fault> {
    let own = cases::table.filter(cases::account_id.eq(account)).select(cases::id);
    diesel::delete(case_versions::table.filter(case_versions::case_id.eq_any(own))).execute(tx)?;
    diesel::update(cases::table.filter(cases::account_id.eq(account)))
        .set((
            cases::organization_name.eq(""),
            cases::search_text.eq(""),
            cases::reason.eq(None::<String>),
            cases::remarks.eq(None::<String>),
        ))
        .execute(tx)?;
    Ok(())
}
