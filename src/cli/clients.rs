//! `gatehouse client …`: applications, registered and changed by whoever holds the configuration.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use serde_json::json;

use super::Failure;
use super::commands::operator;
use super::output::{failed, print, say};
use crate::config::Config;
use crate::db::Refused;
use crate::oidc::client::{self, Client};
use crate::oidc::registration;
use crate::service;

pub async fn create(config: Config, file: &Path, json: bool) -> Result<ExitCode, Failure> {
    let document = std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
    let app = service::open(config).await?;
    let ctx = operator(&app);
    match client::register(&app, &ctx, &document).await {
        Ok(created) => {
            let mut answer = serde_json::to_value(&created.client.metadata)?;
            answer["client_id"] = created.client.id.clone().into();
            if let Some(secret) = &created.secret {
                answer["client_secret"] = secret.clone().into();
            }
            say(json, &answer, || {
                let secret =
                    created.secret.as_ref().map_or_else(|| "no secret: a public client".to_owned(), |s| format!("client_secret {s}"));
                format!("Registered. It is shown this once:\nclient_id     {}\n{secret}", created.client.id)
            });
            Ok(ExitCode::SUCCESS)
        }
        Err(Refused::Refusal(refusal)) => Ok(failed(&format!("{}: {refusal}", file.display()))),
        Err(Refused::Fault(fault)) => Err(fault.into()),
    }
}

pub async fn list(config: Config, json: bool) -> Result<ExitCode, Failure> {
    let app = service::open(config).await?;
    let clients = app.db.read(client::list).await?;
    let member = |(id, client): &client::Listed| match client {
        Some(client) => json!({ "client_id": id, "client_name": client.name(), "grant_types": client.metadata.grant_types }),
        None => json!({ "client_id": id, "unreadable": true }),
    };
    let line = |(id, client): &client::Listed| format!("{id:<24} {}", client.as_ref().map_or("(cannot be read)", Client::name));
    say(json, &clients.iter().map(member).collect(), || match clients.is_empty() {
        true => "No client is registered.".into(),
        false => clients.iter().map(line).collect::<Vec<_>>().join("\n"),
    });
    Ok(ExitCode::SUCCESS)
}

pub async fn show(config: Config, id: &str) -> Result<ExitCode, Failure> {
    let app = service::open(config).await?;
    let wanted = id.to_owned();
    match app.db.read(move |tx| client::find(tx, &wanted)).await? {
        Some(client) => {
            let mut document = client.metadata.stated();
            document["client_id"] = client.id.into();
            print(&serde_json::to_string_pretty(&document)?);
            Ok(ExitCode::SUCCESS)
        }
        None => Ok(failed(&format!("there is no client {id}"))),
    }
}

pub async fn change(config: Config, id: &str, file: &Path, json: bool) -> Result<ExitCode, Failure> {
    let document = std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
    let app = service::open(config).await?;
    match client::replace(&app, &operator(&app), id, None, &document).await {
        Ok(created) => {
            let mut answer = json!({ "client_id": id, "changed": true });
            if let Some(secret) = &created.secret {
                answer["client_secret"] = secret.clone().into();
            }
            say(json, &answer, || match &created.secret {
                Some(secret) => format!("{id} is changed, and proves itself in another way now. Its secret, shown this once:\n{secret}"),
                None => format!("{id} is changed."),
            });
            Ok(ExitCode::SUCCESS)
        }
        Err(Refused::Refusal(refusal)) => Ok(failed(&format!("{}: {refusal}", file.display()))),
        Err(Refused::Fault(fault)) => Err(fault.into()),
    }
}

pub async fn delete(config: Config, id: &str, json: bool) -> Result<ExitCode, Failure> {
    let app = service::open(config).await?;
    let (ctx, wanted) = (operator(&app), id.to_owned());
    if !app.db.write(move |tx| client::delete(tx, &ctx, &wanted)).await? {
        return Ok(failed(&format!("there is no client {id}")));
    }
    say(json, &json!({ "client_id": id, "deleted": true }), || format!("{id} is removed; its tokens are good for nothing."));
    Ok(ExitCode::SUCCESS)
}

pub async fn token(config: Config, uses: u32, days: u32, json: bool) -> Result<ExitCode, Failure> {
    if !config.registration.enabled {
        return Ok(failed("applications may not register themselves: set registration.enabled = true in the configuration"));
    }
    if uses == 0 || days == 0 {
        return Ok(failed("--uses and --days are at least 1"));
    }
    let app = service::open(config).await?;
    let ctx = operator(&app);
    let lifetime = Duration::from_secs(86_400 * u64::from(days));
    let token = app.db.write(move |tx| registration::issue_initial_token(tx, &ctx, uses, lifetime)).await?;
    say(json, &json!({ "initial_access_token": token.reveal(), "uses": uses, "days": days }), || {
        format!("An initial access token for {uses} registration(s) within {days} day(s), shown this once:\n{}", token.reveal())
    });
    Ok(ExitCode::SUCCESS)
}

pub async fn rotate_secret(config: Config, id: &str, json: bool) -> Result<ExitCode, Failure> {
    let app = service::open(config).await?;
    let (ctx, wanted) = (operator(&app), id.to_owned());
    match app.db.write(move |tx| client::rotate_secret(tx, &ctx, &wanted, None)).await {
        Ok(created) => {
            let secret = created.secret.unwrap_or_default();
            say(json, &json!({ "client_id": id, "client_secret": secret }), || {
                format!("The new secret of {id}, shown this once:\n{secret}")
            });
            Ok(ExitCode::SUCCESS)
        }
        Err(Refused::Refusal(refusal)) => Ok(failed(&refusal.to_string())),
        Err(Refused::Fault(fault)) => Err(fault.into()),
    }
}
