//! What an agency has besides people: a directory, a sheet of facilities half decided, invitations, a username beside another.

use std::path::Path;

use super::people::{self, parse, refused};
use crate::account::{self, Account};
use crate::app::App;
use crate::context::{Actor, Context, RequestId};
use crate::db::{Fault, Tx};
use crate::facility::directory;
use crate::ids::RosterId;
use crate::invitation::{self, Read};
use crate::outbox;
use crate::registration::{self, NewRedemption};
use crate::roster::{self, Contact, NewRequest, Outcome, Picked, RowDecision, Source, sheet};
use crate::values::Username;

const DIRECTORY: &str = include_str!("directory.csv");
const FACILITIES: &str = include_str!("facilities.csv");

/// Who asks for the facilities of the sheet, and the username of theirs that a redeemed invitation made.
const REQUESTER: &str = "prairie.billing";
pub const BESIDE: &str = "prairie.oak";
/// The rows of the sheet that are approved already.
const APPROVED: [i64; 2] = [5, 6];

/// Directory, request and invitations are there; those of an earlier start are kept.
pub async fn settle(app: &App, folder: &Path) -> Result<(), Fault> {
    let ctx = app.context(Actor::Operator, RequestId::of_work("demo"));
    if app.db.read(|tx| directory::imports(tx, 1)).await?.is_empty() {
        let file = folder.join("directory.csv");
        std::fs::write(&file, DIRECTORY).map_err(|e| Fault::broken(format!("{}: {e}", file.display())))?;
        // One of the few facilities has ended there, which is more than an import may end unasked.
        directory::import(app, &ctx, &file, true).await.map_err(|e| Fault::broken(e.to_string()))?;
    }
    // Request, decision and redemption are one transaction: where the second username is, all of it is.
    if app.db.read(|tx| account::find_by_key(tx, BESIDE)).await?.is_some() {
        return Ok(());
    }
    let stored = people::stored_password(app).await?;
    app.db.write(move |tx| request_facilities(tx, &ctx, &stored)).await
}

/// The sheet goes in as uploaded, its first rows are approved, and one of the two invitations is redeemed.
fn request_facilities(tx: &mut Tx, ctx: &Context, stored: &str) -> Result<(), Fault> {
    let requester = account::find_by_key(tx, REQUESTER)?.ok_or_else(|| Fault::broken("the demo: nobody asks"))?;
    let sheet = sheet::read(FACILITIES.as_bytes(), &ctx.config.requests).map_err(|refusal| Fault::broken(refusal.code()))?;
    let contact = Contact { name: sheet.contact_name, phone: sheet.contact_phone, email: sheet.contact_email };
    let new = NewRequest { contact, source: Source::Upload, rows: sheet.rows };
    let own = ctx.by(Actor::Account(requester.id));
    let request = roster::submit(tx, &own, requester.id, &new).map_err(refused)?.request;
    approve_some(tx, ctx, request)?;
    redeem_one(tx, ctx, &requester, stored)
}

fn approve_some(tx: &mut Tx, ctx: &Context, request: RosterId) -> Result<(), Fault> {
    let (rows, _) = roster::rows(tx, request, Outcome::All, 100, 0)?;
    let picked = rows.iter().filter(|row| APPROVED.contains(&row.number)).map(|row| (row.number, row.version)).collect();
    let reviewer = people::reviewer(tx, ctx)?;
    roster::decide(tx, ctx, &reviewer, request, &Picked::Rows(picked), &RowDecision::Approve).map_err(refused).map(|_| ())
}

/// The requester redeems the invitation that came to their own address, signed in: a second username of one person.
fn redeem_one(tx: &mut Tx, ctx: &Context, requester: &Account, stored: &str) -> Result<(), Fault> {
    let missing = || Fault::broken("the demo: no invitation came");
    let letters = outbox::list(tx, false, 20)?;
    let link = letters
        .into_iter()
        .filter(|letter| letter.recipient == requester.email)
        .find_map(|letter| letter.secrets(&ctx.keyring).filter(|secrets| !secrets.several.is_empty()))
        .map(|secrets| secrets.link)
        .ok_or_else(missing)?;
    let code = link.rsplit('=').next().unwrap_or_default();
    let Read::Good(_, pressed) = invitation::read(tx, ctx.now, code)? else { return Err(missing()) };
    let new = NewRedemption {
        pressed,
        username: parse(Username::parse(BESIDE))?,
        stored_password: stored.to_owned(),
        language: "en".into(),
        beside: Some(requester.id),
    };
    let made = registration::redeem(tx, ctx, &new).map_err(refused)?;
    let (account, case) = (account::find(tx, made.account)?, registration::find(tx, made.case)?);
    let (account, case) = (account.ok_or_else(missing)?, case.ok_or_else(missing)?);
    let stated = registration::offered(tx, &ctx.config, &account, &case)?.ok_or_else(missing)?;
    registration::submit(tx, &ctx.by(Actor::Account(account.id)), account.id, &stated).map_err(refused).map(|_| ())
}
