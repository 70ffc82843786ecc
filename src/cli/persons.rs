//! `gatehouse person …`: what is kept of a person, exported, held, erased.

use std::process::ExitCode;

use serde_json::json;

use super::Failure;
use super::commands::operator;
use super::output::{failed, print, say};
use crate::account::{self, Account};
use crate::app::App;
use crate::config::Config;
use crate::db::Refused;
use crate::ids::AccountId;
use crate::records::{self, EraseRefusal, Ground, HoldRefusal};
use crate::service;
use crate::values::Username;

/// Longer than any court's name for a case.
const LONGEST: usize = 200;

/// The account that `name` means: a username, or the identifier of an account whose name is free again.
async fn find(app: &App, name: &str) -> Result<Option<Account>, Failure> {
    let (key, id) = (Username::fold(name), AccountId::parse(name));
    let found = app.db.read(move |tx| match account::find_by_key(tx, &key)? {
        Some(account) => Ok(Some(account)),
        None => id.map_or(Ok(None), |id| account::find(tx, id)),
    });
    Ok(found.await?)
}

fn unknown(name: &str) -> ExitCode {
    failed(&format!("there is no account {name:?}; give a username, or the identifier that the console shows in an account's address"))
}

fn text(what: &str, text: &str) -> Result<String, Failure> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > LONGEST || text.chars().any(char::is_control) {
        return Err(format!("{what} must be one line of 1 to {LONGEST} characters").into());
    }
    Ok(text.to_owned())
}

pub async fn export(config: Config, name: &str) -> Result<ExitCode, Failure> {
    let app = service::open(config).await?;
    let Some(account) = find(&app, name).await? else { return Ok(unknown(name)) };
    let ctx = operator(&app);
    let document = app.db.write(move |tx| records::export(tx, &ctx, account.person_id)).await?;
    print(&serde_json::to_string_pretty(&document)?);
    Ok(ExitCode::SUCCESS)
}

pub async fn hold(config: Config, name: &str, reason: &str, json: bool) -> Result<ExitCode, Failure> {
    let reason = text("the reason", reason)?;
    let app = service::open(config).await?;
    let Some(account) = find(&app, name).await? else { return Ok(unknown(name)) };
    let ctx = operator(&app);
    let held = app.db.write(move |tx| records::hold(tx, &ctx, account.id, &reason)).await;
    answer(
        held,
        json,
        "held",
        "are held: nothing of them is erased until the hold is lifted",
        "every account of the person is held for this already",
    )
}

pub async fn lift(config: Config, name: &str, reason: &str, json: bool) -> Result<ExitCode, Failure> {
    let reason = text("the reason", reason)?;
    let app = service::open(config).await?;
    let Some(account) = find(&app, name).await? else { return Ok(unknown(name)) };
    let ctx = operator(&app);
    let lifted = app.db.write(move |tx| records::lift(tx, &ctx, account.id, &reason)).await;
    answer(lifted, json, "lifted", "are not held for this any more", "no account of the person is held for this")
}

fn answer(done: Result<usize, Refused<HoldRefusal>>, json: bool, member: &str, said: &str, as_it_is: &str) -> Result<ExitCode, Failure> {
    match done {
        Ok(accounts) => {
            say(json, &json!({ member: accounts }), || format!("{accounts} account(s) of the person {said}."));
            Ok(ExitCode::SUCCESS)
        }
        Err(Refused::Refusal(HoldRefusal::NoSuchAccount)) => Ok(failed("the account is not there any more")),
        Err(Refused::Refusal(HoldRefusal::AsItIs)) => Ok(failed(as_it_is)),
        Err(Refused::Refusal(HoldRefusal::Erased)) => Ok(failed("what was kept of the person was erased before")),
        Err(Refused::Fault(fault)) => Err(fault.into()),
    }
}

pub async fn held(config: Config, json: bool) -> Result<ExitCode, Failure> {
    let app = service::open(config).await?;
    let held = app.db.read(records::held).await?;
    let members: Vec<_> =
        held.iter().map(|held| json!({ "username": held.username, "reason": held.reason, "since": held.placed_at.rfc3339() })).collect();
    say(json, &members.into(), || match held.is_empty() {
        true => "No account is held.".into(),
        false => held
            .iter()
            .map(|held| format!("{}  {:<24} {}", held.placed_at.rfc3339(), held.username, held.reason))
            .collect::<Vec<_>>()
            .join("\n"),
    });
    Ok(ExitCode::SUCCESS)
}

pub async fn erase(config: Config, name: &str, order: &str, json: bool) -> Result<ExitCode, Failure> {
    let order = text("the order", order)?;
    let app = service::open(config).await?;
    let Some(account) = find(&app, name).await? else { return Ok(unknown(name)) };
    let ctx = operator(&app);
    let erased = app.db.write(move |tx| records::erase(tx, &ctx, account.id, &Ground::Order(order.clone()))).await;
    match erased {
        Ok(()) => {
            say(json, &json!({ "erased": account.id }), || {
                "What the account told of its holder is erased; its facility, with its NPI, stays.".into()
            });
            Ok(ExitCode::SUCCESS)
        }
        Err(Refused::Refusal(refusal)) => Ok(failed(match refusal {
            EraseRefusal::NoSuchAccount => "the account is not there any more",
            EraseRefusal::NotClosed => "the account is in use: an administrator closes it in the console first",
            EraseRefusal::Staff => "staff stand for the decisions they made: their accounts are not erased",
            EraseRefusal::Held => "a legal hold stands on the person: lift it first (gatehouse person lift)",
            EraseRefusal::Erased => "it was erased before",
        })),
        Err(Refused::Fault(fault)) => Err(fault.into()),
    }
}
