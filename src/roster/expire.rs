//! What time does to requests: a reminder before a draft or its open corrections expire, then the end.

use std::time::Duration;

use super::{RequestState, letters, store};
use crate::app::App;
use crate::audit::{self, Action, Event};
use crate::db::Fault;

const ROUND: i64 = 100;

/// Drafts nobody confirmed, and requests with nothing but uncorrected rows, have expired; returns how many.
pub async fn expire_due(app: &App) -> Result<usize, Fault> {
    let ctx = app.system_context("expiry");
    let clock = &app.config.clock;
    let before = |days: u32| ctx.now - Duration::from_secs(86_400 * u64::from(days));
    let (drafts, corrections) = (before(clock.draft_expire_days), before(clock.returned_expire_days));
    let due = app.db.read(move |tx| store::idle_since(tx, drafts, corrections, None, ROUND)).await?;
    let mut count = 0;
    for request in due {
        let ctx = ctx.clone();
        let expired = app.db.write(move |tx| {
            let expired = store::expire(tx, ctx.now, &request)?;
            if expired {
                audit::record(tx, &ctx, Event::new(Action::RequestExpired).account(request.account_id).roster(request.id))?;
            }
            Ok::<_, Fault>(expired)
        });
        count += usize::from(expired.await?);
    }
    Ok(count)
}

/// The requester of each request near its end is reminded, once for each day the operator names.
pub async fn remind_due(app: &App) -> Result<usize, Fault> {
    let ctx = app.system_context("reminders");
    let clock = &app.config.clock;
    let mut days = clock.reminder_days.clone();
    days.sort_unstable_by(|a, b| b.cmp(a));
    let mut count = 0;
    for (nth, left) in days.into_iter().enumerate().rev() {
        let nth = i64::try_from(nth).unwrap_or(i64::MAX);
        let before = |total: u32| ctx.now - Duration::from_secs(86_400 * u64::from(total.saturating_sub(left)));
        let (drafts, corrections) = (before(clock.draft_expire_days), before(clock.returned_expire_days));
        let due = app.db.read(move |tx| store::idle_since(tx, drafts, corrections, Some(nth), ROUND)).await?;
        for request in due {
            let total = if request.state == RequestState::Draft { clock.draft_expire_days } else { clock.returned_expire_days };
            let ends = request.changed_at + Duration::from_secs(86_400 * u64::from(total));
            let ctx = ctx.clone();
            let reminded = app.db.write(move |tx| {
                if !store::take_reminder(tx, &request, nth)? {
                    return Ok::<_, Fault>(false);
                }
                letters::expiring(tx, &ctx, &request, ends)?;
                audit::record(tx, &ctx, Event::new(Action::RequestReminded).account(request.account_id).roster(request.id))?;
                Ok(true)
            });
            count += usize::from(reminded.await?);
        }
    }
    Ok(count)
}
