//! What staff are told unasked: the morning's digest, a clock that has run out, a facility that ended in the directory.

use chrono::Timelike;

use crate::account;
use crate::app::App;
use crate::audit::{self, Action, Event};
use crate::context::Context;
use crate::db::{Fault, Tx, take_turn_once};
use crate::facility::directory;
use crate::outbox::{self, Letter, LetterKind};
use crate::registration;
use crate::roster;

const ROUND: i64 = 50;

fn tell_staff(tx: &mut Tx, ctx: &Context, kind: LetterKind, path: &str, texts: &[(&str, String)]) -> Result<(), Fault> {
    for staff in account::deciding_staff(tx)? {
        let language = account::language_of(tx, staff.id)?;
        let letter = Letter::new(kind, &staff.email, &language, path).about(staff.id);
        outbox::post(tx, ctx, texts.iter().fold(letter, |letter, (name, text)| letter.with(name, text.clone())))?;
    }
    Ok(())
}

/// Staff were told of each case and request whose clock ran out, once; returns how many.
pub async fn alarm_overdue(app: &App) -> Result<usize, Fault> {
    let ctx = app.system_context("alarm");
    let now = ctx.now;
    let (cases, requests) =
        app.db.read(move |tx| Ok::<_, Fault>((registration::overdue(tx, now, ROUND)?, roster::overdue(tx, now, ROUND)?))).await?;
    let mut count = 0;
    for case in cases {
        let ctx = ctx.clone();
        let told = app.db.write(move |tx| {
            if !registration::take_alarm(tx, ctx.now, case.id)? {
                return Ok::<_, Fault>(false);
            }
            tell_staff(tx, &ctx, LetterKind::OverdueAlarm, &format!("/staff/cases/{}", case.id), &[("reference", case.reference.clone())])?;
            audit::record(tx, &ctx, Event::new(Action::CaseOverdue).account(case.account_id).case(case.id))?;
            Ok(true)
        });
        count += usize::from(told.await?);
    }
    for request in requests {
        let ctx = ctx.clone();
        let told = app.db.write(move |tx| {
            if !roster::take_alarm(tx, ctx.now, request.id)? {
                return Ok::<_, Fault>(false);
            }
            let path = format!("/staff/requests/{}", request.id);
            tell_staff(tx, &ctx, LetterKind::OverdueAlarm, &path, &[("reference", request.reference.clone())])?;
            audit::record(tx, &ctx, Event::new(Action::RequestOverdue).account(request.account_id).roster(request.id))?;
            Ok(true)
        });
        count += usize::from(told.await?);
    }
    Ok(count)
}

/// On working days after the operator's hour, staff get one digest of what waits; none where nothing does.
pub async fn send_digest(app: &App) -> Result<usize, Fault> {
    let Some(hour) = app.config.clock.digest_hour else { return Ok(0) };
    let ctx = app.system_context("digest");
    let local = ctx.now.utc().with_timezone(&app.config.agency.zone());
    if local.hour() < hour || !app.config.clock.is_working_day(local.date_naive()) {
        return Ok(0);
    }
    let day = format!("digest {}", local.date_naive());
    let sent = app.db.write(move |tx| {
        if !take_turn_once(tx, ctx.now, &day)? {
            return Ok::<_, Fault>(false);
        }
        let ((cases, late), requests) = (registration::waiting(tx, ctx.now)?, roster::waiting(tx)?);
        if cases + requests == 0 {
            return Ok(false);
        }
        let texts = [("cases", cases.to_string()), ("overdue", late.to_string()), ("requests", requests.to_string())];
        tell_staff(tx, &ctx, LetterKind::StaffDigest, "/staff/queue", &texts)?;
        audit::record(tx, &ctx, Event::new(Action::DigestSent).detail(serde_json::json!({ "cases": cases, "overdue": late })))?;
        Ok(true)
    });
    Ok(usize::from(sent.await?))
}

/// Staff and the holders of its accounts were told of each facility that ended in the directory, once; returns how many.
pub async fn tell_endings(app: &App) -> Result<usize, Fault> {
    let ctx = app.system_context("directory");
    let endings = app.db.read(|tx| directory::untold_endings(tx, ROUND)).await?;
    let mut count = 0;
    for (ending, name) in endings {
        let ctx = ctx.clone();
        let told = app.db.write(move |tx| {
            if !directory::take_telling(tx, ctx.now, ending.id)? {
                return Ok::<_, Fault>(false);
            }
            tell_staff(tx, &ctx, LetterKind::FacilityEnding, "/staff/facilities", &[("facility", name.clone())])?;
            for account in account::of_facility(tx, ending.facility_id)? {
                let language = account::language_of(tx, account.id)?;
                let letter = Letter::new(LetterKind::FacilityEnding, &account.email, &language, "/facilities").about(account.id);
                outbox::post(tx, &ctx, letter.with("facility", name.clone()))?;
            }
            Ok(true)
        });
        count += usize::from(told.await?);
    }
    Ok(count)
}
