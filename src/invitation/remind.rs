//! What time does to invitations: reminders before the last day, then the end.

use std::time::Duration;

use super::{create, renew, store};
use crate::app::App;
use crate::audit::{self, Action, Event};
use crate::context::Context;
use crate::db::{Fault, Tx};
use crate::ids::InvitationId;
use crate::outbox::LetterKind;

/// How many invitations one round takes.
const ROUND: i64 = 200;

/// Every open invitation near its end was reminded of, each reminder once; returns how many went out.
///
/// One letter for each address, with a further code for each facility: the earlier codes stay good.
pub async fn remind_due(app: &App) -> Result<usize, Fault> {
    let ctx = app.system_context("reminders");
    let mut days = app.config.clock.invitation_reminder_days.clone();
    days.sort_unstable_by(|a, b| b.cmp(a));
    let mut count = 0;
    // The last reminder first: where the service was away, only the most urgent one goes out.
    for (nth, days) in days.into_iter().enumerate().rev() {
        let nth = i64::try_from(nth).unwrap_or(i64::MAX);
        let until = ctx.now + Duration::from_secs(86_400 * u64::from(days));
        let now = ctx.now;
        let due = app.db.read(move |tx| store::ending_before(tx, now, until, nth, ROUND)).await?;
        let mut start = 0;
        while start < due.len() {
            let end = due[start..].iter().take_while(|(_, email)| *email == due[start].1).count() + start;
            let ids: Vec<InvitationId> = due[start..end].iter().map(|(id, _)| *id).collect();
            let ctx = ctx.clone();
            count += usize::from(app.db.write(move |tx| remind(tx, &ctx, &ids, nth)).await?);
            start = end;
        }
    }
    Ok(count)
}

fn remind(tx: &mut Tx, ctx: &Context, ids: &[InvitationId], nth: i64) -> Result<bool, Fault> {
    let mut links = Vec::new();
    let mut first = None;
    for id in ids {
        if !store::take_reminder(tx, ctx.now, *id, nth)? {
            continue;
        }
        let Some(invitation) = store::find(tx, *id)? else { continue };
        links.push(renew::link(tx, ctx, &invitation)?);
        audit::record(tx, ctx, Event::new(Action::InvitationReminded).detail(serde_json::json!({ "invitation": id })))?;
        first.get_or_insert(invitation);
    }
    let Some(first) = first else { return Ok(false) };
    let company = renew::company(tx, &first)?;
    create::post(tx, ctx, LetterKind::InvitationReminder, &first.email, &first.language, &company, links, first.expires_at)?;
    Ok(true)
}

/// Every invitation past its last day has expired; returns how many.
pub async fn expire_due(app: &App) -> Result<usize, Fault> {
    let ctx = app.system_context("expiry");
    let now = ctx.now;
    let due = app.db.read(move |tx| store::past_their_end(tx, now, ROUND)).await?;
    let mut count = 0;
    for id in due {
        let ctx = ctx.clone();
        let expired = app.db.write(move |tx| {
            let expired = store::expire(tx, ctx.now, id)?;
            if expired {
                audit::record(tx, &ctx, Event::new(Action::InvitationExpired).detail(serde_json::json!({ "invitation": id })))?;
            }
            Ok::<_, Fault>(expired)
        });
        count += usize::from(expired.await?);
    }
    Ok(count)
}
