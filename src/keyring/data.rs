//! Data keys: random, one or more generations for each purpose. What is sealed names its key, so that older ones still open.

use std::collections::HashMap;
use std::sync::RwLock;
use std::time::Duration;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use diesel::prelude::*;
use zeroize::Zeroizing;

use crate::clock::Timestamp;
use crate::config::MasterKey;
use crate::db::schema::data_keys;
use crate::db::{Fault, Tx, savepoint};
use crate::ids::RowId;
use crate::secret::Random;
use crate::{secret, word_enum};

word_enum!(
    /// What a data key is for; one purpose cannot open what another sealed.
    Purpose {
        AccessToken = "access_token",
        RefreshToken = "refresh_token",
        Letter = "letter",
        Totp = "totp",
        /// Keys the password hashes, so that a stolen database alone cannot be searched.
        Pepper = "pepper",
        Audit = "audit",
        /// Protects forms against cross-site requests.
        Form = "form",
        /// Seals the ticket between password and second factor.
        Ticket = "ticket",
        /// Seals the secrets of clients that prove themselves with a MAC.
        ClientSecret = "client_secret",
        /// Makes pairwise subjects, and keys the usernames of erased accounts; it is never renewed, or each of them would change.
        Pairwise = "pairwise",
        /// Makes what the session-management frame compares.
        BrowserState = "browser_state",
        /// Keys the short codes that people type.
        TypedCode = "typed_code",
    }
);

struct DataKey {
    purpose: Purpose,
    generation: i64,
    /// Whether it seals already. Every process reads a new key before anybody seals with it.
    seals: bool,
    bytes: Zeroizing<Vec<u8>>,
    sealing: LessSafeKey,
}

/// Two rounds of the upkeep in which every process reads new keys.
const SEALS_AFTER: Duration = Duration::from_secs(120);
const RENEW_AFTER: Duration = Duration::from_secs(7 * 86_400);

/// The data keys of this process, and the master key that wraps them; while it is being rotated, the one before too.
pub struct Keyring {
    master: MasterKey,
    previous: Option<MasterKey>,
    keys: RwLock<HashMap<[u8; 16], DataKey>>,
}

/// The name a master key goes by in the database: it tells keys apart and nothing else.
pub fn wrapper_id(master: &MasterKey) -> String {
    secret::base64url(&secret::mac(master.bytes(), &[b"gatehouse wrapper id"])[..9])
}

impl Keyring {
    /// Opens every data key, making those that are missing. Several replicas may do so at once: one key a purpose is kept.
    pub fn open(tx: &mut Tx, master: &MasterKey, previous: Option<&MasterKey>, random: &dyn Random, now: Timestamp) -> Result<Self, Fault> {
        for purpose in Purpose::ALL {
            let known: i64 = data_keys::table.filter(data_keys::purpose.eq(purpose)).count().get_result(tx)?;
            if known == 0 {
                savepoint(tx, |tx| insert(tx, master, *purpose, 1, random, now))?;
            }
        }
        let keyring = Self { master: master.clone(), previous: previous.cloned(), keys: RwLock::default() };
        keyring.reload(tx, now)?;
        Ok(keyring)
    }

    /// Reads keys that another process may have added.
    pub fn reload(&self, tx: &mut Tx, now: Timestamp) -> Result<(), Fault> {
        let rows: Vec<(RowId, String, i64, Vec<u8>, String, Timestamp)> = data_keys::table
            .select((
                data_keys::id,
                data_keys::purpose,
                data_keys::generation,
                data_keys::wrapped,
                data_keys::wrapper,
                data_keys::created_at,
            ))
            .load(tx)?;
        let mut keys = HashMap::new();
        for (id, purpose, generation, wrapped, wrapper, created_at) in rows {
            // A later version made a key for something this one does not do: they run side by side in a rolling upgrade.
            let Some(purpose) = Purpose::parse(&purpose) else { continue };
            let bytes = self.unwrap(id.bytes(), &wrapped, &wrapper)?;
            let seals = generation == 1 || created_at + SEALS_AFTER <= now;
            keys.insert(*id.bytes(), DataKey { purpose, generation, seals, sealing: sealing_key(&bytes)?, bytes });
        }
        *self.keys.write().expect("no holder panics") = keys;
        Ok(())
    }

    /// A further generation of the key that seals access tokens, where the newest is a week old: a random nonce is good for
    /// 2³² seals. Older tokens still open. False where it is young, or another process was first.
    pub fn renew_access_token_key(&self, tx: &mut Tx, random: &dyn Random, now: Timestamp) -> Result<bool, Fault> {
        let purpose = Purpose::AccessToken;
        let (generation, created_at): (i64, Timestamp) = data_keys::table
            .filter(data_keys::purpose.eq(purpose))
            .order(data_keys::generation.desc())
            .select((data_keys::generation, data_keys::created_at))
            .first(tx)?;
        if now < created_at + RENEW_AFTER {
            return Ok(false);
        }
        Ok(savepoint(tx, |tx| insert(tx, &self.master, purpose, generation + 1, random, now))?.is_some())
    }

    /// The bytes of the newest key for `purpose`, for a MAC or a pepper.
    pub fn key(&self, purpose: Purpose) -> Zeroizing<Vec<u8>> {
        self.newest(purpose, |_, key| key.bytes.clone())
    }

    /// `plain`, sealed under the newest key for `purpose` and bound to `context`.
    pub fn seal(&self, purpose: Purpose, context: &[u8], plain: &[u8], random: &dyn Random) -> Vec<u8> {
        self.newest(purpose, |id, key| {
            let nonce = random.bytes::<NONCE_LEN>();
            let mut sealed = Vec::with_capacity(16 + NONCE_LEN + plain.len() + 16);
            sealed.extend_from_slice(id);
            sealed.extend_from_slice(&nonce);
            let mut body = plain.to_vec();
            key.sealing
                .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(context), &mut body)
                .expect("AES-GCM seals anything shorter than 64 GiB");
            sealed.extend_from_slice(&body);
            sealed
        })
    }

    /// What was sealed, or `None` where the bytes, the purpose or the context are not those of a seal of ours.
    pub fn unseal(&self, purpose: Purpose, context: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let id: [u8; 16] = sealed.get(..16)?.try_into().ok()?;
        let nonce: [u8; NONCE_LEN] = sealed.get(16..16 + NONCE_LEN)?.try_into().ok()?;
        let mut body = sealed.get(16 + NONCE_LEN..)?.to_vec();
        let keys = self.keys.read().expect("no holder panics");
        let key = keys.get(&id).filter(|key| key.purpose == purpose)?;
        let length = key.sealing.open_in_place(Nonce::assume_unique_for_key(nonce), Aad::from(context), &mut body).ok()?.len();
        body.truncate(length);
        Some(body)
    }

    /// Private key material of another table, wrapped by the master key and bound to `name`. Gives the wrapper's id too.
    pub fn wrap(&self, name: &[u8], plain: &[u8], random: &dyn Random) -> (Vec<u8>, String) {
        (wrap(&self.master, name, plain, random), wrapper_id(&self.master))
    }

    /// What was wrapped by the master key that goes by `wrapper`.
    pub fn unwrap(&self, name: &[u8], wrapped: &[u8], wrapper: &str) -> Result<Zeroizing<Vec<u8>>, Fault> {
        let master = std::iter::once(&self.master).chain(&self.previous).find(|master| wrapper_id(master) == wrapper);
        let master = master.ok_or_else(|| {
            Fault::broken(format!(
                "a key is wrapped by another master key ({wrapper}): give that one as master_key_previous, then run `gatehouse key rewrap`"
            ))
        })?;
        unwrap(master, name, wrapped)
    }

    fn newest<T>(&self, purpose: Purpose, with: impl FnOnce(&[u8; 16], &DataKey) -> T) -> T {
        let keys = self.keys.read().expect("no holder panics");
        let found = keys.iter().filter(|(_, key)| key.purpose == purpose && key.seals).max_by_key(|(_, key)| key.generation);
        let (id, key) = found.expect("Keyring::open made a key for every purpose");
        with(id, key)
    }
}

/// Whether any key was ever made.
pub fn has_keys(tx: &mut Tx) -> Result<bool, Fault> {
    let any: Option<i64> = data_keys::table.select(data_keys::generation).first(tx).optional()?;
    Ok(any.is_some())
}

fn insert(tx: &mut Tx, master: &MasterKey, purpose: Purpose, generation: i64, random: &dyn Random, now: Timestamp) -> Result<(), Fault> {
    let id = RowId::new();
    let key = Zeroizing::new(random.bytes::<32>());
    diesel::insert_into(data_keys::table)
        .values((
            data_keys::id.eq(id),
            data_keys::purpose.eq(purpose),
            data_keys::generation.eq(generation),
            data_keys::wrapped.eq(wrap(master, id.bytes(), key.as_ref(), random)),
            data_keys::wrapper.eq(wrapper_id(master)),
            data_keys::created_at.eq(now),
        ))
        .execute(tx)?;
    Ok(())
}

/// Wraps every data key anew under `to`; returns how many were wrapped by `from`.
pub(super) fn rewrap(tx: &mut Tx, from: &MasterKey, to: &MasterKey, random: &dyn Random) -> Result<usize, Fault> {
    let rows: Vec<(RowId, Vec<u8>)> =
        data_keys::table.filter(data_keys::wrapper.eq(wrapper_id(from))).select((data_keys::id, data_keys::wrapped)).load(tx)?;
    for (id, wrapped) in &rows {
        let plain = unwrap(from, id.bytes(), wrapped)?;
        diesel::update(data_keys::table.find(id).filter(data_keys::wrapper.eq(wrapper_id(from))))
            .set((data_keys::wrapped.eq(wrap(to, id.bytes(), &plain, random)), data_keys::wrapper.eq(wrapper_id(to))))
            .execute(tx)?;
    }
    Ok(rows.len())
}

/// `plain` under AES-256-GCM with a key derived from the master key, bound to `name`.
pub fn wrap(master: &MasterKey, name: &[u8], plain: &[u8], random: &dyn Random) -> Vec<u8> {
    let nonce = random.bytes::<NONCE_LEN>();
    let mut body = plain.to_vec();
    wrapping_key(master)
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(name), &mut body)
        .expect("AES-GCM seals a short key");
    [nonce.as_slice(), &body].concat()
}

pub fn unwrap(master: &MasterKey, name: &[u8], wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let broken = || Fault::broken("a wrapped key does not open: the master key is not the one that wrapped it, or the row was changed");
    let nonce: [u8; NONCE_LEN] = wrapped.get(..NONCE_LEN).and_then(|n| n.try_into().ok()).ok_or_else(broken)?;
    let mut body = Zeroizing::new(wrapped[NONCE_LEN..].to_vec());
    let opened = wrapping_key(master).open_in_place(Nonce::assume_unique_for_key(nonce), Aad::from(name), &mut body);
    let length = opened.map_err(|_| broken())?.len();
    body.truncate(length);
    Ok(body)
}

fn wrapping_key(master: &MasterKey) -> LessSafeKey {
    sealing_key(&secret::mac(master.bytes(), &[b"gatehouse wrapping key"])).expect("a MAC has 32 bytes")
}

fn sealing_key(bytes: &[u8]) -> Result<LessSafeKey, Fault> {
    let key = UnboundKey::new(&AES_256_GCM, bytes).map_err(|_| Fault::broken("a data key has the wrong length"))?;
    Ok(LessSafeKey::new(key))
}
