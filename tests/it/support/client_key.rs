//! A relying party's own key and the JWTs it makes, by the RFCs alone.

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaKeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use serde_json::{Value, json};

use super::app::{START, key_file};

enum Pair {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
}

pub struct ClientKey {
    pair: Pair,
    pub kid: String,
}

impl ClientKey {
    /// The key of the tests' files that makes signatures of this algorithm.
    pub fn of(algorithm: &str) -> Self {
        let pair = match algorithm {
            "RS256" | "PS256" => Pair::Rsa(RsaKeyPair::from_pkcs8(&key_file("client-rs256.pk8")).unwrap()),
            "ES256" => Pair::Ec(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &key_file("client-es256.pk8")).unwrap()),
            _ => Pair::Ed(Ed25519KeyPair::from_pkcs8(&key_file("client-eddsa.pk8")).unwrap()),
        };
        Self { pair, kid: "client-key".into() }
    }

    /// A key that nobody has seen.
    pub fn fresh() -> Self {
        Self { pair: Pair::Ec(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap()), kid: "client-key".into() }
    }

    pub fn named(self, kid: &str) -> Self {
        Self { kid: kid.to_owned(), ..self }
    }

    pub fn jwk(&self) -> Value {
        let mut jwk = match &self.pair {
            Pair::Rsa(pair) => {
                let public = pair.public_key();
                let (n, e) = (public.modulus().big_endian_without_leading_zero(), public.exponent().big_endian_without_leading_zero());
                json!({ "kty": "RSA", "n": B64.encode(n), "e": B64.encode(e) })
            }
            Pair::Ec(pair) => {
                let point = pair.public_key().as_ref();
                json!({ "kty": "EC", "crv": "P-256", "x": B64.encode(&point[1..33]), "y": B64.encode(&point[33..]) })
            }
            Pair::Ed(pair) => json!({ "kty": "OKP", "crv": "Ed25519", "x": B64.encode(pair.public_key().as_ref()) }),
        };
        jwk["kid"] = self.kid.clone().into();
        jwk["use"] = "sig".into();
        jwk
    }

    pub fn jwks(&self) -> Value {
        json!({ "keys": [self.jwk()] })
    }

    pub fn sign(&self, algorithm: &str, claims: &Value) -> String {
        self.sign_as(&json!({ "alg": algorithm, "kid": self.kid }), claims)
    }

    pub fn sign_as(&self, header: &Value, claims: &Value) -> String {
        let message = format!("{}.{}", B64.encode(header.to_string()), B64.encode(claims.to_string()));
        let (random, text) = (SystemRandom::new(), message.as_bytes());
        let signature = match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                if header["alg"] == "PS256" {
                    pair.sign(&RSA_PSS_SHA256, &random, text, &mut signature).unwrap();
                } else {
                    pair.sign(&RSA_PKCS1_SHA256, &random, text, &mut signature).unwrap();
                }
                signature
            }
            Pair::Ec(pair) => pair.sign(&random, text).unwrap().as_ref().to_vec(),
            Pair::Ed(pair) => pair.sign(text).as_ref().to_vec(),
        };
        format!("{message}.{}", B64.encode(signature))
    }
}

/// A JWT under a MAC.
pub fn mac(secret: &str, claims: &Value) -> String {
    let message = format!("{}.{}", B64.encode(r#"{"alg":"HS256"}"#), B64.encode(claims.to_string()));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), message.as_bytes());
    format!("{message}.{}", B64.encode(tag.as_ref()))
}

/// The claims of a client assertion (RFC 7523 §3), good for a minute of the tests' clock.
pub fn assertion(client_id: &str, audience: &str, jti: &str) -> Value {
    json!({ "iss": client_id, "sub": client_id, "aud": audience, "jti": jti, "iat": START, "exp": START + 60 })
}

pub const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
