//! Signing keys: generated, stored wrapped, published, rotated without a restart.

use std::sync::{Arc, RwLock};
use std::time::Duration;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_SHA256, RSA_PSS_2048_8192_SHA256, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair, UnparsedPublicKey, VerificationAlgorithm,
};
use diesel::prelude::*;
use serde_json::{Value, json};

use super::Keyring;
use crate::clock::Timestamp;
use crate::db::schema::signing_keys;
use crate::db::{Fault, Tx, savepoint};
use crate::secret::{Hash, Random, base64url};
use crate::word_enum;

word_enum!(
    /// JWS algorithms that this service signs with, and takes from others (RFC 7518 §3.1, RFC 8037 §3.1).
    ///
    /// Each has keys of its own: no key signs in two ways.
    Algorithm {
        Rs256 = "RS256",
        Es256 = "ES256",
        Ps256 = "PS256",
        EdDsa = "EdDSA",
    }
);

enum Pair {
    /// RSASSA-PKCS1-v1_5.
    Rsa(RsaKeyPair),
    /// RSASSA-PSS.
    RsaPss(RsaKeyPair),
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
}

/// One key pair, with the name and form it is published under.
pub struct SigningKey {
    pub kid: String,
    pub algorithm: Algorithm,
    pub public_jwk: Value,
    pub created_at: Timestamp,
    /// From when it signs; it is published before.
    pub active_at: Timestamp,
    /// From when another signs in its place; it stays published for [`KEPT`].
    pub retired_at: Option<Timestamp>,
    pair: Pair,
}

/// Longer than any token that must verify lives.
const KEPT: Duration = Duration::from_secs(30 * 86_400);

/// When a key came, signs from, and was followed by another.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    pub created_at: Timestamp,
    pub active_at: Timestamp,
    pub retired_at: Option<Timestamp>,
}

fn broken(what: impl std::fmt::Display) -> Fault {
    Fault::broken(format!("a signing key: {what}"))
}

impl SigningKey {
    /// A new key pair, and its private part for wrapping. RSA takes a fraction of a second: call it outside transactions.
    pub fn generate(algorithm: Algorithm, now: Timestamp) -> Result<(Self, Vec<u8>), Fault> {
        let private = match algorithm {
            Algorithm::Rs256 | Algorithm::Ps256 => {
                let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(broken)?;
                AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&pair).map_err(broken)?.as_ref().to_vec()
            }
            Algorithm::Es256 => {
                let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(broken)?;
                pair.to_pkcs8v1().map_err(broken)?.as_ref().to_vec()
            }
            Algorithm::EdDsa => Ed25519KeyPair::generate().map_err(broken)?.to_pkcs8v1().map_err(broken)?.as_ref().to_vec(),
        };
        Ok((Self::read(algorithm, &private, Times { created_at: now, active_at: now, retired_at: None })?, private))
    }

    /// The key pair whose private part is `private`, as PKCS #8 (RFC 5958).
    pub fn read(algorithm: Algorithm, private: &[u8], times: Times) -> Result<Self, Fault> {
        let Times { created_at, active_at, retired_at } = times;
        let pair = match algorithm {
            Algorithm::Rs256 => Pair::Rsa(RsaKeyPair::from_pkcs8(private).map_err(broken)?),
            Algorithm::Ps256 => Pair::RsaPss(RsaKeyPair::from_pkcs8(private).map_err(broken)?),
            Algorithm::Es256 => Pair::Ec(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, private).map_err(broken)?),
            Algorithm::EdDsa => Pair::Ed(Ed25519KeyPair::from_pkcs8(private).map_err(broken)?),
        };
        let (thumbprint, mut public_jwk) = match &pair {
            Pair::Rsa(pair) | Pair::RsaPss(pair) => {
                let public = pair.public_key();
                let (e, n) = (
                    base64url(public.exponent().big_endian_without_leading_zero()),
                    base64url(public.modulus().big_endian_without_leading_zero()),
                );
                (format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#), json!({ "kty": "RSA", "n": n, "e": e }))
            }
            Pair::Ec(pair) => {
                let point = pair.public_key().as_ref();
                let (x, y) = (base64url(&point[1..33]), base64url(&point[33..65]));
                (format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#), json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y }))
            }
            Pair::Ed(pair) => {
                let x = base64url(pair.public_key().as_ref());
                (format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#), json!({ "kty": "OKP", "crv": "Ed25519", "x": x }))
            }
        };
        // RFC 7638: the kid is the thumbprint, so it can be computed by anybody and never repeats.
        let kid = base64url(Hash::of(thumbprint.as_bytes()).bytes());
        public_jwk["kid"] = kid.clone().into();
        public_jwk["use"] = "sig".into();
        public_jwk["alg"] = algorithm.as_str().into();
        Ok(Self { kid, algorithm, public_jwk, created_at, active_at, retired_at, pair })
    }

    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Fault> {
        let random = SystemRandom::new();
        let by_rsa = |pair: &RsaKeyPair, padding: &'static dyn RsaEncoding| {
            let mut signature = vec![0; pair.public_modulus_len()];
            pair.sign(padding, &random, message, &mut signature).map_err(broken)?;
            Ok(signature)
        };
        match &self.pair {
            Pair::Rsa(pair) => by_rsa(pair, &RSA_PKCS1_SHA256),
            Pair::RsaPss(pair) => by_rsa(pair, &RSA_PSS_SHA256),
            Pair::Ec(pair) => Ok(pair.sign(&random, message).map_err(broken)?.as_ref().to_vec()),
            Pair::Ed(pair) => Ok(pair.sign(message).as_ref().to_vec()),
        }
    }

    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let (algorithm, public): (&'static dyn VerificationAlgorithm, &[u8]) = match &self.pair {
            Pair::Rsa(pair) => (&RSA_PKCS1_2048_8192_SHA256, pair.public_key().as_ref()),
            Pair::RsaPss(pair) => (&RSA_PSS_2048_8192_SHA256, pair.public_key().as_ref()),
            Pair::Ec(pair) => (&ECDSA_P256_SHA256_FIXED, pair.public_key().as_ref()),
            Pair::Ed(pair) => (&ED25519, pair.public_key().as_ref()),
        };
        UnparsedPublicKey::new(algorithm, public).verify(message, signature).is_ok()
    }
}

/// The signing keys of this process. Another process may add some; [`SigningKeys::reload`] finds them.
#[derive(Default)]
pub struct SigningKeys(RwLock<Arc<Vec<Arc<SigningKey>>>>);

impl SigningKeys {
    /// The keys that relying parties are shown: what will sign, signs, or signed what may still be shown to them.
    pub fn published(&self, now: Timestamp) -> Vec<Arc<SigningKey>> {
        let all = self.all();
        all.iter().filter(|key| key.retired_at.is_none_or(|at| now < at + KEPT)).cloned().collect()
    }

    /// All keys, newest first.
    pub fn all(&self) -> Arc<Vec<Arc<SigningKey>>> {
        Arc::clone(&self.0.read().expect("no holder panics"))
    }

    /// The key to sign with.
    pub fn active(&self, algorithm: Algorithm, now: Timestamp) -> Result<Arc<SigningKey>, Fault> {
        let keys = self.all();
        let signs = |key: &SigningKey| key.active_at <= now && key.retired_at.is_none_or(|at| now < at);
        let active = keys.iter().find(|key| key.algorithm == algorithm && signs(key));
        active.cloned().ok_or_else(|| broken(format!("there is none for {algorithm}")))
    }

    pub fn find(&self, kid: &str) -> Option<Arc<SigningKey>> {
        self.all().iter().find(|key| key.kid == kid).cloned()
    }

    /// Reads the keys anew where the table has others than these; true then.
    pub fn reload(&self, tx: &mut Tx, keyring: &Keyring) -> Result<bool, Fault> {
        let rows = list_signing_keys(tx)?;
        let known = self.all();
        let same = known.len() == rows.len()
            && rows.iter().all(|row| known.iter().any(|key| key.kid == row.kid && key.retired_at == row.retired_at));
        if same {
            return Ok(false);
        }
        let mut keys = Vec::with_capacity(rows.len());
        for row in rows {
            let private = keyring.unwrap(row.kid.as_bytes(), &row.wrapped, &row.wrapper)?;
            keys.push(Arc::new(SigningKey::read(row.algorithm, &private, row.times())?));
        }
        *self.0.write().expect("no holder panics") = Arc::new(keys);
        Ok(true)
    }

    /// Which algorithms have no key.
    pub fn missing(&self) -> Vec<Algorithm> {
        let all = self.all();
        Algorithm::ALL.iter().copied().filter(|algorithm| all.iter().all(|key| key.algorithm != *algorithm)).collect()
    }

    /// Which algorithms' newest key was made before `moment`.
    pub fn older_than(&self, moment: Timestamp) -> Vec<Algorithm> {
        let all = self.all();
        let is_old = |algorithm: &Algorithm| all.iter().all(|key| key.algorithm != *algorithm || key.created_at < moment);
        Algorithm::ALL.iter().copied().filter(is_old).collect()
    }
}

/// A signing key as it is stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = signing_keys)]
pub struct StoredKey {
    pub kid: String,
    pub algorithm: Algorithm,
    pub wrapped: Vec<u8>,
    pub wrapper: String,
    pub created_at: Timestamp,
    pub active_at: Timestamp,
    pub retired_at: Option<Timestamp>,
}

impl StoredKey {
    fn times(&self) -> Times {
        Times { created_at: self.created_at, active_at: self.active_at, retired_at: self.retired_at }
    }
}

pub fn list_signing_keys(tx: &mut Tx) -> Result<Vec<StoredKey>, Fault> {
    Ok(signing_keys::table.order((signing_keys::algorithm, signing_keys::generation.desc())).select(StoredKey::as_select()).load(tx)?)
}

/// The first key of its algorithm is there; false where another process made one at the same moment.
pub fn insert_signing_key(
    tx: &mut Tx,
    keyring: &Keyring,
    key: &SigningKey,
    private: &[u8],
    generation: i64,
    random: &dyn Random,
) -> Result<bool, Fault> {
    let (wrapped, wrapper) = keyring.wrap(key.kid.as_bytes(), private, random);
    let inserted = savepoint(tx, |tx| {
        diesel::insert_into(signing_keys::table)
            .values((
                signing_keys::kid.eq(&key.kid),
                signing_keys::algorithm.eq(key.algorithm),
                signing_keys::generation.eq(generation),
                signing_keys::wrapped.eq(&wrapped),
                signing_keys::wrapper.eq(&wrapper),
                signing_keys::public_jwk.eq(key.public_jwk.to_string()),
                signing_keys::created_at.eq(key.created_at),
                signing_keys::active_at.eq(key.active_at),
            ))
            .execute(tx)?;
        Ok(())
    })?;
    Ok(inserted.is_some())
}

/// `key` signs from its `active_at` on; the one before signs until then, and stays published.
///
/// With `unless_newer_than`, false where there is a newer key already: of replicas that rotate together, one does.
pub fn rotate_signing_key(
    tx: &mut Tx,
    keyring: &Keyring,
    key: &SigningKey,
    private: &[u8],
    random: &dyn Random,
    unless_newer_than: Option<Timestamp>,
) -> Result<bool, Fault> {
    let newest: Option<(i64, Timestamp)> = signing_keys::table
        .filter(signing_keys::algorithm.eq(key.algorithm))
        .order(signing_keys::generation.desc())
        .select((signing_keys::generation, signing_keys::created_at))
        .first(tx)
        .optional()?;
    if newest.zip(unless_newer_than).is_some_and(|((_, created_at), moment)| created_at >= moment) {
        return Ok(false);
    }
    let generation = newest.map_or(0, |(generation, _)| generation) + 1;
    if !insert_signing_key(tx, keyring, key, private, generation, random)? {
        return Ok(false);
    }
    diesel::update(
        signing_keys::table
            .filter(signing_keys::algorithm.eq(key.algorithm))
            .filter(signing_keys::generation.lt(generation))
            .filter(signing_keys::retired_at.is_null().or(signing_keys::retired_at.gt(key.active_at))),
    )
    .set(signing_keys::retired_at.eq(key.active_at))
    .execute(tx)?;
    Ok(true)
}

/// Keys whose signatures nobody has to verify any more are gone, with their private parts.
pub fn forget_signing_keys(tx: &mut Tx, now: Timestamp) -> Result<usize, Fault> {
    Ok(diesel::delete(signing_keys::table.filter(signing_keys::retired_at.le(now - KEPT))).execute(tx)?)
}
