//! Signed JWTs (RFC 7515, RFC 7519): ours, and those that clients send.
//!
//! RFC 8725 throughout: the algorithm is one that is asked for and fits the key, `none` is no algorithm, and each kind of
//! JWT has its own `typ`, so that none can stand in for another.

use std::time::Duration;

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaParameters, RsaPublicKeyComponents,
    UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use serde_json::{Map, Value, json};

use crate::clock::Timestamp;
use crate::db::Fault;
use crate::keyring::{Algorithm, SigningKey};
use crate::secret::base64url;

const LONGEST: usize = 16_384;
/// How far clocks may differ.
pub const SKEW: Duration = Duration::from_secs(30);

/// A JWT that was read; nothing of it is believed before [`Jws::is_signed_by`] or [`Jws::has_mac`] says so.
pub struct Jws<'a> {
    pub header: Map<String, Value>,
    pub claims: Map<String, Value>,
    message: &'a [u8],
    signature: Vec<u8>,
}

impl<'a> Jws<'a> {
    /// Reads the compact form. Critical extensions (`crit`) are not understood, so what has one is refused (RFC 7515 §4.1.11).
    pub fn parse(text: &'a str) -> Option<Self> {
        let (message, signature) = text.rsplit_once('.').filter(|_| text.len() <= LONGEST)?;
        let (header, claims) = message.split_once('.').filter(|(_, claims)| !claims.contains('.'))?;
        let object = |part: &str| match serde_json::from_slice(&B64.decode(part).ok()?).ok()? {
            Value::Object(members) => Some(members),
            _ => None,
        };
        let (header, claims) = (object(header)?, object(claims)?);
        if header.contains_key("crit") {
            return None;
        }
        Some(Self { header, claims, message: message.as_bytes(), signature: B64.decode(signature).ok()? })
    }

    pub fn text(&self, claim: &str) -> Option<&str> {
        self.claims.get(claim)?.as_str()
    }

    pub fn algorithm(&self) -> Option<&str> {
        self.header.get("alg")?.as_str()
    }

    pub fn key_id(&self) -> Option<&str> {
        self.header.get("kid")?.as_str()
    }

    /// Whether the `typ` is one of these, where there is one (RFC 8725 §3.11).
    pub fn is_of_type(&self, types: &[&str]) -> bool {
        match self.header.get("typ") {
            None => true,
            Some(Value::String(typ)) => {
                let typ = typ.to_ascii_lowercase();
                let typ = typ.strip_prefix("application/").unwrap_or(&typ);
                typ == "jwt" || types.contains(&typ)
            }
            Some(_) => false,
        }
    }

    /// Whether the key of `jwk` signed it, by `algorithm`.
    pub fn is_signed_by(&self, jwk: &Value, algorithm: Algorithm) -> bool {
        self.verify(jwk, algorithm).is_some()
    }

    fn verify(&self, jwk: &Value, algorithm: Algorithm) -> Option<()> {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        let part = |name: &str| B64.decode(text(name)?).ok();
        let of = |kty: &str, crv: Option<&str>| (text("kty") == Some(kty) && text("crv") == crv).then_some(());
        let rsa = |parameters: &'static RsaParameters| {
            of("RSA", None)?;
            let key = RsaPublicKeyComponents { n: part("n")?, e: part("e")? };
            key.verify(parameters, self.message, &self.signature).ok()
        };
        match algorithm {
            Algorithm::Rs256 => rsa(&RSA_PKCS1_2048_8192_SHA256),
            Algorithm::Ps256 => rsa(&RSA_PSS_2048_8192_SHA256),
            Algorithm::Es256 => {
                of("EC", Some("P-256"))?;
                let point = [&[4][..], &part("x").filter(|x| x.len() == 32)?, &part("y").filter(|y| y.len() == 32)?].concat();
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(self.message, &self.signature).ok()
            }
            Algorithm::EdDsa => {
                of("OKP", Some("Ed25519"))?;
                UnparsedPublicKey::new(&ED25519, part("x")?).verify(self.message, &self.signature).ok()
            }
        }
    }

    /// Whether its MAC (HS256) was made with `secret`.
    pub fn has_mac(&self, secret: &[u8]) -> bool {
        hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, secret), self.message, &self.signature).is_ok()
    }

    /// Whether it is good now: `exp`, `nbf` and `iat` (RFC 7519 §4.1), as far as they are there and numbers.
    pub fn is_timely(&self, now: Timestamp) -> bool {
        let moment = |claim: &str| match self.claims.get(claim) {
            None => Some(None),
            Some(value) => seconds(value).map(Some),
        };
        let (Some(exp), Some(nbf), Some(iat)) = (moment("exp"), moment("nbf"), moment("iat")) else { return false };
        exp.is_none_or(|exp| now < exp + SKEW) && [nbf, iat].into_iter().flatten().all(|from| from <= now + SKEW)
    }

    /// When it ends.
    pub fn expires_at(&self) -> Option<Timestamp> {
        seconds(self.claims.get("exp")?)
    }

    /// For whom it is: one string, or several.
    pub fn audience(&self) -> Vec<&str> {
        match self.claims.get("aud") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }
}

/// A NumericDate, within what a [`Timestamp`] holds.
fn seconds(value: &Value) -> Option<Timestamp> {
    let whole = value.as_f64().filter(|seconds| (0.0..1e11).contains(seconds))?;
    #[expect(clippy::cast_possible_truncation, reason = "its range was looked at")]
    let whole = whole as i64;
    Some(Timestamp::from_seconds(whole))
}

/// `claims`, signed by `key` as a JWT of this type.
pub fn sign(key: &SigningKey, typ: &str, claims: &Value) -> Result<String, Fault> {
    let header = json!({ "alg": key.algorithm, "kid": key.kid, "typ": typ });
    let message = format!("{}.{}", base64url(header.to_string().as_bytes()), base64url(claims.to_string().as_bytes()));
    let signature = key.sign(message.as_bytes())?;
    Ok(format!("{message}.{}", base64url(&signature)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_772_550_000);

    #[test]
    fn each_algorithm_signs_what_it_verifies_and_no_other() {
        for algorithm in [Algorithm::Es256, Algorithm::EdDsa] {
            let (key, _) = SigningKey::generate(algorithm, NOW).unwrap();
            let text = sign(&key, "JWT", &json!({ "sub": "a" })).unwrap();
            let jws = Jws::parse(&text).unwrap();
            assert!(jws.is_signed_by(&key.public_jwk, algorithm));
            for other in Algorithm::ALL.iter().filter(|other| **other != algorithm) {
                assert!(!jws.is_signed_by(&key.public_jwk, *other), "{other}");
            }
            let forged = text.replacen(&base64url(b"{\"sub\":\"a\"}"), &base64url(b"{\"sub\":\"b\"}"), 1);
            assert!(!Jws::parse(&forged).unwrap().is_signed_by(&key.public_jwk, algorithm));
            // A public key is no secret: what is made with it as a MAC key is no signature (RFC 8725 §2.1).
            assert!(!jws.has_mac(key.public_jwk.to_string().as_bytes()));
        }
    }

    #[test]
    fn times_are_numbers_with_a_little_patience() {
        let timely = |claims: Value| {
            let text = format!("e30.{}.", base64url(claims.to_string().as_bytes()));
            Jws::parse(&text).unwrap().is_timely(NOW)
        };
        let at = |offset: i64| NOW.seconds() + offset;
        assert!(timely(json!({ "exp": at(60), "iat": at(0), "nbf": at(8) })));
        assert!(timely(json!({ "exp": at(-29) })));
        assert!(!timely(json!({ "exp": at(-30) })));
        assert!(!timely(json!({ "exp": at(60), "nbf": at(61) })));
        assert!(!timely(json!({ "exp": "tomorrow" })));
        assert!(!timely(json!({ "iat": 1e300 })));
    }

    #[test]
    fn what_is_critical_and_unknown_is_refused() {
        let text = format!("{}.e30.", base64url(br#"{"alg":"ES256","crit":["b64"],"b64":false}"#));
        assert!(Jws::parse(&text).is_none());
    }

    proptest! {
        #[test]
        fn nothing_makes_it_fall(text in "[A-Za-z0-9_.=-]{0,200}", header in r#"[\[\]{}":,a-z0-9]{0,60}"#, claims in r#"[\[\]{}":,a-z0-9.]{0,60}"#) {
            let _ = Jws::parse(&text);
            let made = format!("{}.{}.AAAA", base64url(header.as_bytes()), base64url(claims.as_bytes()));
            if let Some(jws) = Jws::parse(&made) {
                let _ = (jws.is_timely(NOW), jws.audience(), jws.expires_at(), jws.is_of_type(&["x"]));
                for algorithm in Algorithm::ALL {
                    let key = json!({ "kty": "EC", "crv": "P-256", "x": claims, "y": header });
                    prop_assert!(!jws.is_signed_by(&key, *algorithm));
                }
            }
        }
    }
}
