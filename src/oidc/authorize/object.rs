//! What an authorization request comes to: its own parameters, a signed object (RFC 9101), or one that was pushed (RFC 9126).
//!
//! Where there is an object, its parameters alone count (RFC 9101 §6.3): whoever can change an address in a browser can change
//! nothing that was signed, and add nothing to it.

use serde_json::{Map, Value};

use super::pushed;
use super::request::{Broken, PARAMETERS};
use crate::app::App;
use crate::db::Fault;
use crate::keyring::Algorithm;
use crate::oidc::client::{Client, Verified, verify};
use crate::oidc::jws::Jws;
use crate::web::Fields;

/// A request as its rules will read it.
pub struct Resolved {
    pub fields: Fields,
    pub is_signed: bool,
}

/// The parameters that count, of a request of `client`.
pub async fn resolve(app: &App, sent: &Fields, client: &Client) -> Result<Result<Resolved, Broken>, Fault> {
    match (sent.get("request"), sent.get("request_uri")) {
        (Some(_), Some(_)) => Ok(Err(("invalid_request", "request and request_uri exclude each other"))),
        (None, None) => Ok(Ok(Resolved { fields: sent.clone(), is_signed: false })),
        (Some(text), None) => Ok(by_value(app, text, client).await),
        (None, Some(uri)) if uri.starts_with(pushed::URN) => Ok(pushed::find(app, uri, &client.id)
            .await?
            .map(|fields| Resolved { fields, is_signed: false })
            .ok_or(("invalid_request_uri", "request_uri is not one that was pushed by this client, is over, or was used"))),
        (None, Some(uri)) => Ok(by_reference(app, uri, client).await),
    }
}

/// OpenID Connect Core §6.2: fetched from an address that was registered, so that a request makes us call no other.
async fn by_reference(app: &App, uri: &str, client: &Client) -> Result<Resolved, Broken> {
    let bare = |uri: &str| uri.split('#').next().unwrap_or("").to_owned();
    if !client.metadata.request_uris.iter().any(|known| known == uri || (!known.contains('#') && *known == bare(uri))) {
        return Err(("invalid_request_uri", "request_uri is not registered for the client"));
    }
    let fetched = app.outbound.get_now(uri, app.clock.now()).await.map_err(|error| {
        tracing::warn!(client = client.id, %error, "a request object could not be fetched");
        ("invalid_request_uri", "request_uri could not be fetched")
    })?;
    let text = std::str::from_utf8(&fetched).map_err(|_| ("invalid_request_uri", "request_uri holds no request object"))?;
    by_value(app, text.trim(), client).await
}

/// RFC 9101 §6: one ordered list of rules for the object.
pub async fn by_value(app: &App, text: &str, client: &Client) -> Result<Resolved, Broken> {
    let broken = |why: &'static str| ("invalid_request_object", why);
    let jws = Jws::parse(text).ok_or(broken("the request object is no signed JWT"))?;
    is_of_an_object_s_type(&jws).map_err(broken)?;
    has_the_registered_algorithm(client, &jws).map_err(broken)?;
    is_the_client_s(app, client, &jws).map_err(broken)?;
    if !jws.is_timely(app.clock.now()) {
        return Err(broken("the request object is over, or not yet good"));
    }
    match verify(app, client, &jws).await {
        Verified::Yes => {}
        Verified::No => return Err(broken("the request object is not signed by a key of the client")),
        Verified::NoKeys(why) => {
            tracing::warn!(client = client.id, why, "a client's keys could not be had");
            return Err(broken("the client's keys could not be had"));
        }
    }
    let fields = parameters(&jws.claims, &client.id).ok_or(broken("the request object has a parameter of the wrong kind"))?;
    Ok(Resolved { fields, is_signed: true })
}

/// RFC 8725 §3.11, RFC 9101 §10.8: no assertion of the client stands in for a request.
fn is_of_an_object_s_type(jws: &Jws<'_>) -> Result<(), &'static str> {
    if !jws.is_of_type(&["oauth-authz-req+jwt"]) || jws.claims.contains_key("sub") {
        return Err("the JWT is of another kind than a request object");
    }
    Ok(())
}

/// RFC 9101 §10.5: `none` is no signature, and the registered algorithm is the only one.
fn has_the_registered_algorithm(client: &Client, jws: &Jws<'_>) -> Result<(), &'static str> {
    let algorithm = jws.algorithm().and_then(Algorithm::parse).ok_or("the request object has an algorithm that is not served")?;
    match client.metadata.request_object_signing_alg.is_none_or(|registered| registered == algorithm) {
        true => Ok(()),
        false => Err("the request object has another algorithm than the registered one"),
    }
}

/// RFC 9101 §4, §6.3: by this client, for this service, and without another object inside.
fn is_the_client_s(app: &App, client: &Client, jws: &Jws<'_>) -> Result<(), &'static str> {
    let is_own = |claim: &str| jws.claims.get(claim).is_none_or(|value| value.as_str() == Some(&client.id));
    if !is_own("iss") || !is_own("client_id") {
        return Err("the request object is another client's");
    }
    if jws.claims.contains_key("aud") && !jws.audience().contains(&app.config.issuer.as_str()) {
        return Err("the request object is for another service");
    }
    match jws.claims.contains_key("request") || jws.claims.contains_key("request_uri") {
        true => Err("the request object has another inside"),
        false => Ok(()),
    }
}

/// The parameters of an object, read as strictly as those of a query. `None` where one is of no kind that a parameter has.
fn parameters(claims: &Map<String, Value>, client_id: &str) -> Option<Fields> {
    let mut pairs = vec![("client_id", client_id.to_owned())];
    // Others are not understood, and ignored as in a query (RFC 6749 §3.1).
    let is_read = |name: &str| name == "registration" || (PARAMETERS.contains(&name) && !["client_id", "request_uri"].contains(&name));
    for (name, value) in claims.iter().filter(|(name, _)| is_read(name)) {
        match value {
            Value::String(text) => pairs.push((name, text.clone())),
            Value::Number(number) => pairs.push((name, number.to_string())),
            Value::Bool(flag) => pairs.push((name, flag.to_string())),
            Value::Object(_) => pairs.push((name, value.to_string())),
            Value::Array(several) if name == "resource" => {
                for one in several {
                    pairs.push((name, one.as_str()?.to_owned()));
                }
            }
            Value::Array(_) | Value::Null => return None,
        }
    }
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Fields::parse_repeating(Fields::pairs(&pairs).encode().as_bytes(), &["resource"]).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn merged(claims: Value) -> Option<Fields> {
        let Value::Object(claims) = claims else { panic!("an object") };
        parameters(&claims, "rp")
    }

    #[test]
    fn claims_become_parameters() {
        let fields = merged(json!({
            "iss": "rp", "aud": "x", "exp": 1, "client_id": "rp", "scope": "openid", "max_age": 10,
            "claims": { "userinfo": { "name": null } }, "ui_locales": ["en"], "authorization_details": [{}], "other": null, "resource": ["https://a.example", "https://b.example"],
        }));
        let fields = fields.unwrap();
        assert_eq!((fields.text("client_id"), fields.text("scope"), fields.text("max_age")), ("rp", "openid", "10"));
        assert_eq!(fields.text("claims"), r#"{"userinfo":{"name":null}}"#);
        assert_eq!(fields.all("resource").count(), 2);
        assert_eq!((fields.get("iss"), fields.get("aud"), fields.get("exp")), (None, None, None));
        for odd in [json!({ "scope": ["openid"] }), json!({ "state": null }), json!({ "resource": [1] }), json!({ "state": "a\u{0}b" })] {
            assert_eq!(merged(odd.clone()), None, "{odd}");
        }
    }

    proptest! {
        /// Whatever a signed object holds, the client stays the one whose keys it was looked at with, and nothing is there twice.
        #[test]
        fn an_object_speaks_for_its_client_alone(names in proptest::collection::vec("[a-z_]{1,12}", 0..8), text in "[ -~]{0,40}") {
            let mut claims: Map<String, Value> = names.iter().map(|name| (name.clone(), Value::from(text.clone()))).collect();
            claims.insert("client_id".into(), "other".into());
            let fields = parameters(&claims, "rp").unwrap();
            prop_assert_eq!(fields.iter().filter(|(name, _)| *name == "client_id").collect::<Vec<_>>(), vec![("client_id", "rp")]);
            for (name, value) in fields.iter().filter(|(name, _)| *name != "client_id") {
                prop_assert!(names.iter().any(|known| known == name));
                prop_assert_eq!(value, text.as_str());
            }
        }
    }
}
