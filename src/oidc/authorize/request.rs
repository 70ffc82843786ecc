//! The authorization request: one ordered list of rules, each citing its section.
//!
//! Until client and redirect URI are known to belong together, an error is a page; after that it goes to the client
//! (RFC 6749 §4.1.2.1).

use super::response::Target;
use crate::config::Config;
use crate::oidc::claims_request::ClaimsRequest;
use crate::oidc::client::{Client, GrantType, RequirePkce, ResponseMode, ResponseType};
use crate::oidc::oauth::{self, Scope};
use crate::web::Fields;
use crate::word_enum;

word_enum!(
    /// What a client may ask of the pages (OpenID Connect Core §3.1.2.1).
    Prompt {
        None = "none",
        Login = "login",
        Consent = "consent",
        SelectAccount = "select_account",
        /// Initiating User Registration via OpenID Connect 1.0 §4.
        Create = "create",
    }
);

/// The parameters that the rules read; others are ignored and not kept.
pub const PARAMETERS: &[&str] = &[
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "nonce",
    "claims",
    "code_challenge",
    "code_challenge_method",
    "prompt",
    "max_age",
    "login_hint",
    "facility_hint",
    "id_token_hint",
    "resource",
    "acr_values",
    // Of a pushed request alone: what it was kept under.
    "request_uri",
];

/// A request that keeps every rule.
#[derive(Debug, Clone)]
pub struct Request {
    pub client: Client,
    pub target: Target,
    pub response_type: ResponseType,
    pub scope: Scope,
    pub resources: Vec<String>,
    pub code_challenge: Option<String>,
    pub nonce: Option<String>,
    pub prompts: Vec<Prompt>,
    pub max_age: Option<u64>,
    pub login_hint: Option<String>,
    /// The `facility_id` the application wants to act for.
    pub facility_hint: Option<String>,
    pub id_token_hint: Option<String>,
    pub claims: ClaimsRequest,
    /// Levels that would be welcome, best first.
    pub acr_values: Vec<String>,
    /// The name of a pushed request: it is used up with the answer.
    pub pushed: Option<String>,
}

impl Request {
    /// What a person consents to: the scope, and that of each claim asked for by name.
    pub fn consent_scope(&self) -> Scope {
        self.scope.union(&self.claims.scopes())
    }

    pub fn asks(&self, prompt: Prompt) -> bool {
        self.prompts.contains(&prompt)
    }
}

/// Which rule a request broke, and where the answer goes.
#[derive(Debug, Clone)]
pub enum Rejected {
    Page(&'static str, &'static str),
    Redirect(Target, &'static str, &'static str),
}

/// A broken rule after which the client itself is told: error code and description.
pub type Broken = (&'static str, &'static str);

/// Runs the rules, in order.
pub fn check(config: &Config, fields: &Fields, client: Option<Client>) -> Result<Request, Rejected> {
    let client = a_known_client(client)?;
    let target = a_target(&client, fields)?;
    let to_client = |(error, description): Broken| Rejected::Redirect(target.clone(), error, description);

    no_registration_within(fields).map_err(to_client)?;
    let response_type = a_served_response_type(config, &client, fields).map_err(to_client)?;
    a_served_response_mode(fields, response_type).map_err(to_client)?;
    let scope = a_registered_scope(config, &client, fields, response_type).map_err(to_client)?;
    let resources = registered_resources(&client, fields).map_err(to_client)?;
    let code_challenge = a_pkce_challenge(&client, fields, response_type, &scope).map_err(to_client)?;
    let prompts = sound_prompts(fields).map_err(to_client)?;
    let max_age = a_sound_max_age(&client, fields).map_err(to_client)?;
    let claims = a_sound_claims_request(&client, fields, &scope).map_err(to_client)?;
    let nonce = a_nonce(fields, response_type).map_err(to_client)?;
    Ok(Request {
        response_type,
        claims,
        scope,
        resources,
        code_challenge,
        nonce,
        prompts,
        max_age,
        login_hint: fields.get("login_hint").map(|hint| hint.chars().take(254).collect()),
        facility_hint: fields.get("facility_hint").map(|hint| hint.chars().take(64).collect()),
        id_token_hint: fields.get("id_token_hint").map(str::to_owned),
        acr_values: the_acr_values(&client, fields),
        pushed: fields.get("request_uri").map(str::to_owned),
        target,
        client,
    })
}

/// Where answers go, errors among them, once client and redirect URI belong together.
pub fn a_target(client: &Client, fields: &Fields) -> Result<Target, Rejected> {
    let redirect_uri = a_registered_redirect_uri(client, fields)?;
    Ok(Target { redirect_uri, mode: the_answer_s_mode(fields), state: fields.get("state").map(str::to_owned) })
}

/// RFC 9126 §5: the client is registered to push its requests, and no others are taken from it.
pub fn is_pushed_where_it_must(client: &Client, is_pushed: bool) -> Result<(), Broken> {
    match client.metadata.require_pushed_authorization_requests && !is_pushed {
        true => Err(("invalid_request", "the client pushes its requests (RFC 9126), and this one was not")),
        false => Ok(()),
    }
}

/// RFC 9101 §10.5: the same for requests that are signed.
pub fn is_signed_where_it_must(client: &Client, is_signed: bool) -> Result<(), Broken> {
    match client.metadata.require_signed_request_object && !is_signed {
        true => Err(("invalid_request", "the client signs its requests (RFC 9101), and this one is not")),
        false => Ok(()),
    }
}

/// RFC 6749 §4.1.2.1: an unknown client is told to the person, not to an address.
fn a_known_client(client: Option<Client>) -> Result<Client, Rejected> {
    let client = client.ok_or(Rejected::Page("invalid_client", "the application is not registered here"))?;
    if client.may_use(GrantType::AuthorizationCode) || client.may_use(GrantType::Implicit) {
        Ok(client)
    } else {
        Err(Rejected::Page("unauthorized_client", "the application may not sign people in"))
    }
}

/// RFC 6749 §3.1.2.3, RFC 9700 §2.1: sent, and equal to a registered one as a string.
fn a_registered_redirect_uri(client: &Client, fields: &Fields) -> Result<String, Rejected> {
    let uri = fields.get("redirect_uri").ok_or(Rejected::Page("invalid_request", "redirect_uri is missing"))?;
    if client.has_redirect_uri(uri) {
        Ok(uri.to_owned())
    } else {
        Err(Rejected::Page("invalid_request", "redirect_uri is not registered for the application"))
    }
}

/// OpenID Connect Core §7.2.1: what is not offered is refused, never ignored.
fn no_registration_within(fields: &Fields) -> Result<(), Broken> {
    match fields.get("registration") {
        Some(_) => Err(("registration_not_supported", "self-issued registration is not offered")),
        None => Ok(()),
    }
}

/// OpenID Connect Core §3.1.2.1: a wish, in order of preference; the client's own where none is sent.
fn the_acr_values(client: &Client, fields: &Fields) -> Vec<String> {
    match fields.get("acr_values") {
        Some(text) => text.split(' ').filter(|value| !value.is_empty()).map(str::to_owned).collect(),
        None => client.metadata.default_acr_values.clone(),
    }
}

/// How any answer goes, errors too: the mode that was asked for where it may be used, else the type's own.
///
/// Without a known type an error goes in the query, as for a code.
fn the_answer_s_mode(fields: &Fields) -> ResponseMode {
    let default = fields.get("response_type").and_then(ResponseType::read).map_or(ResponseMode::Query, ResponseType::default_mode);
    let asked = fields.get("response_mode").and_then(ResponseMode::parse);
    asked.filter(|mode| *mode != ResponseMode::Query || default == ResponseMode::Query).unwrap_or(default)
}

/// RFC 6749 §3.1.1; OpenID Connect Core §3: hybrid and implicit types where the operator lets them be.
fn a_served_response_type(config: &Config, client: &Client, fields: &Fields) -> Result<ResponseType, Broken> {
    let text = fields.get("response_type").ok_or(("invalid_request", "response_type is missing"))?;
    let response_type = ResponseType::read(text)
        .filter(|kind| kind.is_served(config))
        .ok_or(("unsupported_response_type", "response_type is not one that is served"))?;
    let grant = if response_type.has_code() { GrantType::AuthorizationCode } else { GrantType::Implicit };
    if client.metadata.response_types.contains(&response_type) && client.may_use(grant) {
        Ok(response_type)
    } else {
        Err(("unauthorized_client", "the client is not registered for this response_type"))
    }
}

/// OAuth 2.0 Multiple Response Type Encoding Practices §2.1 and §5, Form Post Response Mode §2.
fn a_served_response_mode(fields: &Fields, response_type: ResponseType) -> Result<(), Broken> {
    match fields.get("response_mode").map(ResponseMode::parse) {
        Some(None) => Err(("invalid_request", "response_mode is not one that is served")),
        Some(Some(ResponseMode::Query)) if response_type != ResponseType::Code => {
            Err(("invalid_request", "response_mode=query would leave tokens in logs: use fragment or form_post"))
        }
        _ => Ok(()),
    }
}

/// RFC 6749 §3.3; OpenID Connect Core §3.1.2.1: scope values that are not understood are ignored.
///
/// `offline_access` is for clients registered for refresh tokens and answers with a code; a consent that covers it was given or
/// is remembered (Core §11).
fn a_registered_scope(config: &Config, client: &Client, fields: &Fields, response_type: ResponseType) -> Result<Scope, Broken> {
    let wanted = Scope::parse(fields.text("scope")).ok_or(("invalid_scope", "scope has characters that are not allowed"))?;
    let is_served =
        |name: &str| super::super::claims::SCOPES.iter().any(|(known, _)| *known == name) || config.scopes.iter().any(|s| s == name);
    let granted = wanted.within(&client.scope()).filter(is_served);
    let may_stay = client.may_use(GrantType::RefreshToken) && response_type.has_code();
    let granted = if may_stay { granted } else { granted.filter(|name| name != "offline_access") };
    if response_type.has("id_token") && !granted.has("openid") {
        return Err(("invalid_scope", "an ID token needs the scope openid"));
    }
    if granted.is_empty() { Err(("invalid_scope", "none of the scopes is one the client is registered for")) } else { Ok(granted) }
}

/// RFC 8707 §2.
fn registered_resources(client: &Client, fields: &Fields) -> Result<Vec<String>, Broken> {
    let wanted: Vec<String> = fields.all("resource").map(str::to_owned).collect();
    if wanted.iter().all(|resource| client.metadata.resources.contains(resource)) {
        Ok(wanted)
    } else {
        Err(("invalid_target", "resource is not one the client is registered for"))
    }
}

/// RFC 7636 §4.3, §4.4.1; RFC 9700 §2.1.1: S256 alone, and required unless the operator registered the client otherwise.
///
/// What is sent is bound to the code, whether it had to be sent or not.
fn a_pkce_challenge(client: &Client, fields: &Fields, response_type: ResponseType, scope: &Scope) -> Result<Option<String>, Broken> {
    let Some(challenge) = fields.get("code_challenge") else {
        return match client.metadata.require_pkce {
            _ if !response_type.has_code() => Ok(None),
            RequirePkce::Never => Ok(None),
            RequirePkce::OrNonce if fields.get("nonce").is_some() && scope.has("openid") => Ok(None),
            RequirePkce::OrNonce => Err(("invalid_request", "code_challenge is missing: send PKCE with S256, or a nonce")),
            RequirePkce::Always => Err(("invalid_request", "code_challenge is missing: PKCE with S256 is required")),
        };
    };
    if fields.get("code_challenge_method") != Some("S256") {
        return Err(("invalid_request", "code_challenge_method must be S256"));
    }
    // SHA-256 in base64url is 43 characters, no more.
    let sound = oauth::is_pkce_text(challenge) && challenge.len() == 43;
    let stored = if sound { oauth::pkce_challenge(challenge) } else { None };
    stored.map(Some).ok_or(("invalid_request", "code_challenge is no SHA-256 in base64url"))
}

/// OpenID Connect Core §3.1.2.1: `none` stands alone.
fn sound_prompts(fields: &Fields) -> Result<Vec<Prompt>, Broken> {
    let words = fields.text("prompt").split(' ').filter(|word| !word.is_empty());
    let prompts: Option<Vec<Prompt>> = words.map(Prompt::parse).collect();
    let prompts = prompts.ok_or(("invalid_request", "prompt has a value that is not served"))?;
    if prompts.contains(&Prompt::None) && prompts.len() > 1 {
        return Err(("invalid_request", "prompt=none stands alone"));
    }
    Ok(prompts)
}

/// OpenID Connect Core §3.1.2.1: whole seconds; the client's `default_max_age` where none is sent.
fn a_sound_max_age(client: &Client, fields: &Fields) -> Result<Option<u64>, Broken> {
    match fields.get("max_age") {
        None => Ok(client.metadata.default_max_age.map(u64::from)),
        Some(text) if text.len() <= 10 && text.bytes().all(|b| b.is_ascii_digit()) => Ok(text.parse().ok()),
        Some(_) => Err(("invalid_request", "max_age is no number of seconds")),
    }
}

/// OpenID Connect Core §5.5: JSON; of OpenID requests alone, and never more than the client is registered for.
fn a_sound_claims_request(client: &Client, fields: &Fields, scope: &Scope) -> Result<ClaimsRequest, Broken> {
    match fields.get("claims") {
        Some(text) if scope.has("openid") => {
            let request = ClaimsRequest::parse(text).ok_or(("invalid_request", "claims is no JSON object of claims"))?;
            Ok(request.within(&client.scope()))
        }
        _ => Ok(ClaimsRequest::default()),
    }
}

/// OpenID Connect Core §3.2.2.1, §3.3.2.11: required where an ID token comes from here. It comes back as it was sent, so it may
/// not be endless.
fn a_nonce(fields: &Fields, response_type: ResponseType) -> Result<Option<String>, Broken> {
    match fields.get("nonce") {
        None if response_type.has("id_token") => Err(("invalid_request", "nonce is missing: this response_type needs one")),
        Some(nonce) if nonce.len() > 512 => Err(("invalid_request", "nonce has more than 512 characters")),
        nonce => Ok(nonce.map(str::to_owned)),
    }
}
