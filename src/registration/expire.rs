//! Registrations whose address nobody confirmed go away, and free their username.

use std::time::Duration;

use super::case::{Case, CaseKind, CaseState};
use super::store;
use crate::account;
use crate::app::App;
use crate::audit::{self, Action, Event};
use crate::context::Context;
use crate::db::{Fault, Tx};
use crate::ids::CaseId;
use crate::outbox::{self, Letter, LetterKind};
use crate::profile;
use crate::web::say_time;

/// One round: every registration unconfirmed for longer than the operator allows has expired; returns how many.
pub async fn expire_unconfirmed(app: &App) -> Result<usize, Fault> {
    let ctx = app.system_context("expiry");
    let age = Duration::from_secs(86_400 * u64::from(app.config.clock.unconfirmed_expire_days));
    let before = ctx.now - age;
    let due = app.db.read(move |tx| store::unconfirmed_since(tx, before, 200)).await?;
    let mut expired = 0;
    for case in due {
        let ctx = ctx.clone();
        expired += usize::from(app.db.write(move |tx| expire(tx, &ctx, case)).await?);
    }
    Ok(expired)
}

/// False where the address was confirmed, or the case withdrawn, in the meantime.
fn expire(tx: &mut Tx, ctx: &Context, id: CaseId) -> Result<bool, Fault> {
    let Some(case) = store::find(tx, id)? else { return Ok(false) };
    let Some(account) = account::find(tx, case.account_id)?.filter(|account| !account.is_confirmed()) else { return Ok(false) };
    if !account::release(tx, ctx.now, &account)? {
        return Ok(false);
    }
    if !store::close(tx, ctx.now, &case, CaseState::Expired)? {
        return Err(Fault::Again("the case moved on at the same moment".into()));
    }
    audit::record(tx, ctx, Event::new(Action::CaseExpired).account(account.id).case(case.id))?;
    audit::record(tx, ctx, Event::new(Action::AccountClosed).account(account.id))?;
    Ok(true)
}

const ROUND: i64 = 200;

/// One round: confirmed drafts and returned cases that nobody went on with have expired; returns how many.
pub async fn expire_idle(app: &App) -> Result<usize, Fault> {
    let ctx = app.system_context("expiry");
    let clock = &app.config.clock;
    let (drafts, returned) = (days_ago(&ctx, clock.draft_expire_days), days_ago(&ctx, clock.returned_expire_days));
    let due = app.db.read(move |tx| store::idle_since(tx, drafts, returned, None, ROUND)).await?;
    let mut expired = 0;
    for case in due {
        let ctx = ctx.clone();
        expired += usize::from(app.db.write(move |tx| expire_case(tx, &ctx, &case)).await?);
    }
    Ok(expired)
}

fn days_ago(ctx: &Context, days: u32) -> crate::clock::Timestamp {
    ctx.now - Duration::from_secs(86_400 * u64::from(days))
}

/// The case is over, and its account closed; a change that expires changes nothing. Its holder is told.
fn expire_case(tx: &mut Tx, ctx: &Context, case: &Case) -> Result<bool, Fault> {
    let Some(account) = account::find(tx, case.account_id)? else { return Ok(false) };
    if !store::close(tx, ctx.now, case, CaseState::Expired)? {
        return Ok(false);
    }
    audit::record(tx, ctx, Event::new(Action::CaseExpired).account(account.id).case(case.id))?;
    if case.kind != CaseKind::Change || case.is_rescinded(&account) {
        if !account::release(tx, ctx.now, &account)? {
            return Err(Fault::Again("the account moved on at the same moment".into()));
        }
        audit::record(tx, ctx, Event::new(Action::AccountClosed).account(account.id))?;
    }
    let (to, language) = (profile::letter_address(tx, &account)?, account::language_of(tx, account.id)?);
    let letter = Letter::new(LetterKind::CaseExpired, &to, &language, "/register").about(account.id).case(case.id);
    outbox::post(tx, ctx, letter.with("reference", &case.reference).with("username", &account.username))?;
    Ok(true)
}

/// One round: holders of drafts and returned cases near their end were reminded, once for each day the operator names.
pub async fn remind_idle(app: &App) -> Result<usize, Fault> {
    let ctx = app.system_context("reminders");
    let clock = &app.config.clock;
    let mut days = clock.reminder_days.clone();
    days.sort_unstable_by(|a, b| b.cmp(a));
    let mut count = 0;
    for (nth, left) in days.into_iter().enumerate().rev() {
        let nth = i64::try_from(nth).unwrap_or(i64::MAX);
        let before = |total: u32| days_ago(&ctx, total.saturating_sub(left));
        let (drafts, returned) = (before(clock.draft_expire_days), before(clock.returned_expire_days));
        let due = app.db.read(move |tx| store::idle_since(tx, drafts, returned, Some(nth), ROUND)).await?;
        for case in due {
            let total = if case.state == CaseState::Draft { clock.draft_expire_days } else { clock.returned_expire_days };
            let ends = case.changed_at + Duration::from_secs(86_400 * u64::from(total));
            let ctx = ctx.clone();
            count += usize::from(app.db.write(move |tx| remind(tx, &ctx, &case, nth, ends)).await?);
        }
    }
    Ok(count)
}

fn remind(tx: &mut Tx, ctx: &Context, case: &Case, nth: i64, ends: crate::clock::Timestamp) -> Result<bool, Fault> {
    if !store::take_reminder(tx, case, nth)? {
        return Ok(false);
    }
    let Some(account) = account::find(tx, case.account_id)? else { return Ok(false) };
    let (to, language) = (profile::letter_address(tx, &account)?, account::language_of(tx, account.id)?);
    let words = ctx.catalogue.choose(&language);
    let letter = Letter::new(LetterKind::Expiring, &to, &language, "/profile").about(account.id).case(case.id);
    let letter = letter.with("reference", &case.reference).with("ends", say_time(&ctx.config, &words, ends));
    outbox::post(tx, ctx, letter)?;
    audit::record(tx, ctx, Event::new(Action::CaseReminded).account(account.id).case(case.id))?;
    Ok(true)
}
