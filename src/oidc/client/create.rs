//! A client is registered: by an operator's file, or by itself ([`super::super::registration`]).

use std::collections::BTreeSet;

use serde::Deserialize;

use super::check::{self, Unsound};
use super::client::Client;
use super::metadata::{AuthMethod, Metadata};
use super::store;
use crate::app::App;
use crate::audit::{self, Action, Event};
use crate::clock::Timestamp;
use crate::context::Context;
use crate::db::{Refused, Tx};
use crate::ids::GrantId;
use crate::keyring::Purpose;
use crate::oidc::grant;
use crate::secret::{Hash, Prefix, Random, Token};

/// A client file: RFC 7591 members and ours, and what only an operator may choose.
#[derive(Deserialize)]
struct ClientFile {
    client_id: Option<String>,
    client_secret: Option<String>,
}

/// A registered client, with its secret in clear: it is shown once.
#[derive(Debug)]
pub struct Created {
    pub client: Client,
    pub secret: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CreateRefusal {
    #[error("{0}")]
    Invalid(String),
    #[error("{0}")]
    Unsound(#[from] Unsound),
    #[error("there is a client {0} already; give another client_id")]
    Exists(String),
    #[error("there is no client {0}")]
    Unknown(String),
    #[error("client {0} was changed at the same moment; look at it again")]
    Changed(String),
}

const SHORTEST_SECRET: usize = 32;

/// The client that an operator's `document` describes is registered.
pub async fn register(app: &App, ctx: &Context, document: &str) -> Result<Created, Refused<CreateRefusal>> {
    let (given, metadata) = read(document).map_err(Refused::Refusal)?;
    vet(app, &metadata).await.map_err(|unsound| Refused::Refusal(unsound.into()))?;
    let ctx = ctx.clone();
    app.db.write(move |tx| create(tx, &ctx, metadata.clone(), given.client_id.clone(), given.client_secret.clone(), None)).await
}

/// The client is registered with what an operator's `document` says, and nothing else. Its secret stays, unless it proves
/// itself in another way from now on.
///
/// `seen` is the state of it that the operator looked at: the change is refused where there is a newer one.
pub async fn replace(
    app: &App,
    ctx: &Context,
    id: &str,
    seen: Option<Timestamp>,
    document: &str,
) -> Result<Created, Refused<CreateRefusal>> {
    let (given, metadata) = read(document).map_err(Refused::Refusal)?;
    let invalid = |why: &str| Err(Refused::Refusal(CreateRefusal::Invalid(why.to_owned())));
    if given.client_id.is_some_and(|given| given != id) {
        return invalid("client_id is that of another client: it cannot be changed");
    }
    if given.client_secret.is_some() {
        return invalid("client_secret cannot be changed here: rotate it");
    }
    vet(app, &metadata).await.map_err(|unsound| Refused::Refusal(unsound.into()))?;
    let (ctx, id) = (ctx.clone(), id.to_owned());
    app.db
        .write(move |tx| {
            let client = store::find(tx, &id)?.ok_or_else(|| Refused::Refusal(CreateRefusal::Unknown(id.clone())))?;
            let updated_at = seen.unwrap_or(client.updated_at);
            change(tx, &ctx, Client { updated_at, ..client }, metadata.clone())
        })
        .await
}

fn read(document: &str) -> Result<(ClientFile, Metadata), CreateRefusal> {
    let invalid = |e: serde_json::Error| CreateRefusal::Invalid(e.to_string());
    let mut json: serde_json::Value =
        serde_json::from_str(document).map_err(|e| CreateRefusal::Invalid(format!("the registration is no JSON: {e}")))?;
    let given = ClientFile::deserialize(&json).map_err(invalid)?;
    if let Some(members) = json.as_object_mut() {
        members.remove("client_id");
        members.remove("client_secret");
    }
    Ok((given, serde_json::from_value(json).map_err(invalid)?))
}

/// Whether the registration is sound, and its sector's document says the same.
pub async fn vet(app: &App, metadata: &Metadata) -> Result<(), Unsound> {
    check::check(&app.config, metadata)?;
    check::vet_sector(app, metadata).await
}

/// The client is registered. `metadata` was vetted; `registration_token` is what it manages itself with, where it may.
pub fn create(
    tx: &mut Tx,
    ctx: &Context,
    metadata: Metadata,
    id: Option<String>,
    secret: Option<String>,
    registration_token: Option<&Token>,
) -> Result<Created, Refused<CreateRefusal>> {
    let invalid = |why: String| Refused::Refusal(CreateRefusal::Invalid(why));
    let id = match id {
        Some(id) if is_id(&id) => id,
        Some(_) => {
            return Err(invalid("client_id may have up to 100 letters, digits and - . _ ~, and begins with a letter or digit".into()));
        }
        None => new_id(&*ctx.random),
    };
    let secret = match (metadata.token_endpoint_auth_method.has_secret(), secret) {
        (false, None) => None,
        (false, Some(_)) => {
            return Err(invalid(format!("a client with {} has no client_secret", metadata.token_endpoint_auth_method)));
        }
        (true, Some(secret)) if secret.len() < SHORTEST_SECRET => {
            return Err(invalid(format!("client_secret must have at least {SHORTEST_SECRET} characters; leave it out and one is made")));
        }
        (true, Some(secret)) => Some(secret),
        (true, None) => Some(new_secret(ctx)),
    };
    let mut client = Client {
        id,
        metadata,
        secret_hash: None,
        sealed_secret: None,
        registration_token_hash: registration_token.map(|token| token.hash().bytes().to_vec()),
        standing_grant: GrantId::new(),
        created_at: ctx.now,
        updated_at: ctx.now,
    };
    set_secret(ctx, &mut client, secret.as_deref());
    if !store::insert(tx, &client)? {
        return Err(Refused::Refusal(CreateRefusal::Exists(client.id)));
    }
    grant::open_standing(tx, ctx.now, &client)?;
    audit::record(tx, ctx, Event::new(Action::ClientCreated).detail(serde_json::json!({ "client": client.id })))?;
    Ok(Created { client, secret })
}

/// Whether `id` can be that of a client.
pub fn is_id(id: &str) -> bool {
    let known = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    id.len() <= 100 && id.bytes().all(known) && id.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric())
}

/// An id at random, which no client has by chance.
pub fn new_id(random: &dyn Random) -> String {
    random.typed_code(16).to_lowercase()
}

fn new_secret(ctx: &Context) -> String {
    Token::random(Prefix::ClientSecret, &*ctx.random).reveal().to_owned()
}

/// The secret in the forms it is kept in: a hash; and sealed, where a MAC is made with it.
fn set_secret(ctx: &Context, client: &mut Client, secret: Option<&str>) {
    client.secret_hash = secret.map(|secret| Hash::of(secret.as_bytes()).bytes().to_vec());
    let makes_macs = client.metadata.token_endpoint_auth_method == AuthMethod::SecretJwt;
    let sealed = |secret: &str| ctx.keyring.seal(Purpose::ClientSecret, client.id.as_bytes(), secret.as_bytes(), &*ctx.random);
    client.sealed_secret = secret.filter(|_| makes_macs).map(sealed);
}

/// The client is registered with `metadata` from now on. It was vetted; a secret is made where the new method needs another.
///
/// Refused where the client changed since `client` was read.
pub fn change(tx: &mut Tx, ctx: &Context, mut client: Client, metadata: Metadata) -> Result<Created, Refused<CreateRefusal>> {
    let mut detail = difference(&client.metadata, &metadata);
    let (before, after) = (client.metadata.token_endpoint_auth_method, metadata.token_endpoint_auth_method);
    client.metadata = metadata;
    // A secret that was kept to make MACs with is not kept on for anything else.
    let shows = |method| matches!(method, AuthMethod::Basic | AuthMethod::Post);
    let keeps = before == after || (shows(before) && shows(after));
    let secret = if keeps { None } else { after.has_secret().then(|| new_secret(ctx)) };
    if !keeps {
        set_secret(ctx, &mut client, secret.as_deref());
    }
    if !store::update(tx, ctx.now, &client)? {
        return Err(Refused::Refusal(CreateRefusal::Changed(client.id)));
    }
    detail["client"] = client.id.clone().into();
    detail["new_secret"] = secret.is_some().into();
    audit::record(tx, ctx, Event::new(Action::ClientChanged).detail(detail))?;
    Ok(Created { client, secret })
}

/// What the audit says of a change: the members, and the addresses that people are sent to.
fn difference(before: &Metadata, after: &Metadata) -> serde_json::Value {
    let (old, new) = (before.stated(), after.stated());
    let names = |value: &serde_json::Value| value.as_object().map(|members| members.keys().cloned().collect::<BTreeSet<_>>());
    let (old_names, new_names) = (names(&old).unwrap_or_default(), names(&new).unwrap_or_default());
    let changed: Vec<String> = old_names.union(&new_names).filter(|name| old.get(*name) != new.get(*name)).cloned().collect();
    let mut detail = serde_json::json!({ "members": changed });
    if before.redirect_uris != after.redirect_uris {
        detail["redirect_uris"] = after.redirect_uris.clone().into();
    }
    detail
}

/// The client is gone, with every grant it holds. False where it was before.
pub fn delete(tx: &mut Tx, ctx: &Context, id: &str) -> Result<bool, crate::db::Fault> {
    let deleted = store::delete(tx, ctx.now, id)?;
    if deleted {
        grant::end_of_client(tx, ctx, id)?;
        audit::record(tx, ctx, Event::new(Action::ClientDeleted).detail(serde_json::json!({ "client": id })))?;
    }
    Ok(deleted)
}

/// The client has a new secret, and the old one no longer works. Refused where it changed since `seen`.
pub fn rotate_secret(tx: &mut Tx, ctx: &Context, id: &str, seen: Option<Timestamp>) -> Result<Created, Refused<CreateRefusal>> {
    let client = store::find(tx, id)?.ok_or_else(|| Refused::Refusal(CreateRefusal::Unknown(id.to_owned())))?;
    if !client.metadata.token_endpoint_auth_method.has_secret() {
        return Err(Refused::Refusal(CreateRefusal::Invalid("the client has no secret: it is public, or has keys of its own".into())));
    }
    let updated_at = seen.unwrap_or(client.updated_at);
    let (mut client, secret) = (Client { updated_at, ..client }, new_secret(ctx));
    set_secret(ctx, &mut client, Some(&secret));
    if !store::update(tx, ctx.now, &client)? {
        return Err(Refused::Refusal(CreateRefusal::Changed(client.id)));
    }
    audit::record(tx, ctx, Event::new(Action::ClientSecretRotated).detail(serde_json::json!({ "client": id })))?;
    Ok(Created { client, secret: Some(secret) })
}
