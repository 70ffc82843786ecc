//! The `claims` parameter (OpenID Connect Core §5.5): single claims, asked for by name.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::claims::SCOPES;
use super::oauth::Scope;

/// What was asked for, of what there is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ClaimsRequest {
    /// For the userinfo endpoint.
    pub userinfo: Vec<String>,
    /// For ID tokens.
    pub id_token: Vec<String>,
    /// The one person it is about (§5.5.1).
    pub sub: Option<String>,
    /// The levels of which one has to be met, where `acr` is essential (§5.5.1.1).
    pub acr: Vec<String>,
}

impl ClaimsRequest {
    /// Reads the parameter. Claims that do not exist here, and members that are not understood, are ignored as §5.5 wants;
    /// `None` where the text is not what the section describes.
    pub fn parse(text: &str) -> Option<Self> {
        let Value::Object(members) = serde_json::from_str(text).ok()? else { return None };
        let mut request = Self::default();
        for (place, wanted) in &members {
            let into = match place.as_str() {
                "userinfo" => &mut request.userinfo,
                "id_token" => &mut request.id_token,
                _ => continue,
            };
            let Value::Object(wanted) = wanted else { return None };
            for (name, how) in wanted {
                let how = read_one(how)?;
                if name == "sub" {
                    request.sub = the_one_sub(request.sub.take(), &how)?;
                } else if name == "acr" && place == "id_token" && how.get("essential") == Some(&Value::Bool(true)) {
                    request.acr = values(&how);
                }
                if scope_of(name).is_some() {
                    into.push(name.clone());
                }
            }
        }
        Some(request)
    }

    /// The same without what `scope`, the client's own, does not cover.
    pub fn within(mut self, scope: &Scope) -> Self {
        let may = |name: &String| scope_of(name).is_some_and(|of| scope.has(of));
        self.userinfo.retain(may);
        self.id_token.retain(may);
        self
    }

    /// The scopes whose claims these are: what a person has to consent to.
    pub fn scopes(&self) -> Scope {
        let names = self.userinfo.iter().chain(&self.id_token).filter_map(|name| scope_of(name)).collect::<Vec<_>>();
        Scope::stored(&names.join(" "))
    }

    /// As a grant keeps it; nothing where nothing was asked for.
    pub fn stored(&self) -> Option<String> {
        let is_empty = self.userinfo.is_empty() && self.id_token.is_empty();
        (!is_empty).then(|| serde_json::to_string(self).expect("strings are JSON"))
    }
}

/// `null`, or an object of `essential`, `value` and `values`.
fn read_one(how: &Value) -> Option<Map<String, Value>> {
    match how {
        Value::Null => Some(Map::new()),
        Value::Object(members) => Some(members.clone()),
        _ => None,
    }
}

/// One person, named by a string, and the same wherever it is asked for; `None` otherwise.
fn the_one_sub(known: Option<String>, how: &Map<String, Value>) -> Option<Option<String>> {
    if how.contains_key("values") {
        return None;
    }
    match (known, how.get("value")) {
        (known, None) => Some(known),
        (None, Some(Value::String(sub))) => Some(Some(sub.clone())),
        (Some(known), Some(Value::String(sub))) if known == *sub => Some(Some(known)),
        _ => None,
    }
}

fn values(how: &Map<String, Value>) -> Vec<String> {
    let several = how.get("values").and_then(Value::as_array).into_iter().flatten();
    several.chain(how.get("value")).filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The scope that gives a claim; none for what every ID token has, or nothing here has.
fn scope_of(claim: &str) -> Option<&'static str> {
    SCOPES.iter().find(|(name, claims)| *name != "openid" && claims.contains(&claim)).map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn claims_are_asked_for_one_by_one() {
        let text = r#"{"userinfo":{"name":{"essential":true},"shoe_size":null},"id_token":{"email":null,"auth_time":{"essential":true},
            "acr":{"essential":true,"values":["2","3"]},"sub":{"value":"abc"}},"somewhere":{"npi":null}}"#;
        let request = ClaimsRequest::parse(text).unwrap();
        assert_eq!((request.userinfo.join(" "), request.id_token.join(" ")), ("name".into(), "email".into()));
        assert_eq!((request.sub.as_deref(), request.acr.join(" ")), (Some("abc"), "2 3".into()));
        assert_eq!(request.scopes().to_string(), "profile email");
        assert!(request.clone().within(&Scope::stored("openid email")).userinfo.is_empty());
        assert_eq!(ClaimsRequest::parse("{}").unwrap().stored(), None);
    }

    #[test]
    fn what_is_no_claims_request_is_refused() {
        let two = r#"{"id_token":{"sub":{"value":"a"}},"userinfo":{"sub":{"value":"b"}}}"#;
        let several = r#"{"id_token":{"sub":{"values":["a"]}}}"#;
        for text in [
            two,
            several,
            r#"{"id_token":{"sub":{"value":1}}}"#,
            "",
            "x",
            "[]",
            "1",
            r#"{"userinfo":[]}"#,
            r#"{"id_token":{"email":true}}"#,
        ] {
            assert_eq!(ClaimsRequest::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_makes_it_fall(text in r#"[\\[\\]{}":,a-z_ 0-9]{0,80}"#) {
            let _ = ClaimsRequest::parse(&text);
        }
    }
}
