//! The letter of each decision, and what it will say before it goes.

use crate::account::{self, Account};
use crate::context::Context;
use crate::db::{Fault, Tx};
use crate::mail;
use crate::outbox::{Letter, LetterKind};
use crate::profile;
use crate::registration::Case;

fn letter(tx: &mut Tx, account: &Account, case: &Case, kind: LetterKind, path: &'static str) -> Result<Letter, Fault> {
    let (to, language) = (profile::letter_address(tx, account)?, account::language_of(tx, account.id)?);
    Ok(Letter::new(kind, &to, &language, path)
        .about(account.id)
        .case(case.id)
        .with("reference", &case.reference)
        .with("username", &account.username))
}

pub(super) fn approved(tx: &mut Tx, account: &Account, case: &Case) -> Result<Letter, Fault> {
    letter(tx, account, case, LetterKind::Approved, "/sign-in")
}

pub(super) fn denied(tx: &mut Tx, account: &Account, case: &Case, reason: &str) -> Result<Letter, Fault> {
    Ok(letter(tx, account, case, LetterKind::Denied, "/status")?.with("reason", reason))
}

pub(super) fn returned(
    tx: &mut Tx,
    ctx: &Context,
    account: &Account,
    case: &Case,
    reason: Option<&str>,
    remarks: &[(String, String)],
) -> Result<Letter, Fault> {
    let letter = letter(tx, account, case, LetterKind::Returned, "/profile")?;
    let language = letter.language.clone();
    Ok(letter.with("remarks", list(ctx, &language, reason, remarks)))
}

/// Reason and remarks as lines of a letter.
fn list(ctx: &Context, language: &str, reason: Option<&str>, remarks: &[(String, String)]) -> String {
    let words = ctx.catalogue.choose(language);
    let lines = remarks.iter().map(|(field, text)| format!("• {}: {text}", words.t(&format!("field-{}", field.replace('_', "-")))));
    reason.map(str::to_owned).into_iter().chain(lines).collect::<Vec<_>>().join("\n")
}

/// What each decision's letter will say.
#[derive(Debug, Clone)]
pub struct Preview {
    pub kind: LetterKind,
    pub to: String,
    pub subject: String,
    pub text: String,
}

/// The letters that would go out, with the reviewer's own words still to be filled in.
pub fn preview(tx: &mut Tx, ctx: &Context, account: &Account, case: &Case, placeholder: &str) -> Result<Vec<Preview>, Fault> {
    let letters =
        [approved(tx, account, case)?, returned(tx, ctx, account, case, Some(placeholder), &[])?, denied(tx, account, case, placeholder)?];
    let render = |letter: Letter| {
        let mut parameters = letter.parameters.clone();
        parameters.insert("path".into(), letter.path.clone());
        let written = mail::render(&ctx.catalogue.choose(&letter.language), &ctx.config, letter.kind, &parameters, None);
        Preview { kind: letter.kind, to: letter.to, subject: written.subject, text: written.text }
    };
    Ok(letters.into_iter().map(render).collect())
}
