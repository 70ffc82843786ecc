//! Single-use codes that travel by mail: as a link, and as eight characters to type.
//!
//! The link's code is 256 random bits, stored as a hash. The typed one is short, so it is keyed, bound to its account,
//! and five wrong tries over all letters of an account end typing: only the link works then.

use std::time::Duration;

use super::store;
use crate::clock::Timestamp;
use crate::context::Context;
use crate::db::{Fault, Tx};
use crate::ids::{AccountId, RowId};
use crate::keyring::Purpose as KeyPurpose;
use crate::secret::{self, Prefix, Token};
use crate::word_enum;

word_enum!(
    /// What a code allows.
    Purpose {
        ConfirmAddress = "confirm_address",
        ConfirmContact = "confirm_contact",
        ChangeAddress = "change_address",
        ResetPassword = "reset_password",
        ResetAll = "reset_all",
        Enrol = "enrol",
    }
);

impl Purpose {
    /// How long a code of this purpose lives (PRODUCT §2.3, §8).
    pub fn lifetime(self) -> Duration {
        match self {
            Self::ConfirmAddress | Self::ConfirmContact | Self::ChangeAddress => Duration::from_secs(24 * 3_600),
            Self::ResetPassword | Self::ResetAll => Duration::from_secs(3_600),
            Self::Enrol => Duration::from_secs(48 * 3_600),
        }
    }

    fn may_be_typed(self) -> bool {
        matches!(self, Self::ConfirmAddress | Self::ConfirmContact | Self::ChangeAddress)
    }
}

/// Wrong tries of typed codes, over all letters of an account's address.
pub const TYPED_TRIES: i64 = 5;

/// A code as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailCode {
    pub id: RowId,
    pub account: AccountId,
    pub purpose: Purpose,
    pub address: String,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub used_at: Option<Timestamp>,
}

/// A fresh code, in clear for its letter.
pub struct IssuedCode {
    pub link: Token,
    pub typed: Option<String>,
    pub expires_at: Timestamp,
}

/// Makes a code for `account` that proves `address`.
pub fn issue(tx: &mut Tx, ctx: &Context, account: AccountId, purpose: Purpose, address: &str) -> Result<IssuedCode, Fault> {
    let link = Token::random(Prefix::MailCode, &*ctx.random);
    let typed = purpose.may_be_typed().then(|| ctx.random.typed_code(8));
    let code = MailCode {
        id: RowId::new(),
        account,
        purpose,
        address: address.to_owned(),
        created_at: ctx.now,
        expires_at: ctx.now + purpose.lifetime(),
        used_at: None,
    };
    let mac = typed.as_deref().map(|typed| typed_mac(ctx, account, typed));
    store::insert_code(tx, &code, &link.hash(), mac)?;
    Ok(IssuedCode { link, typed, expires_at: code.expires_at })
}

/// What a link stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkedCode {
    Good(MailCode),
    /// It did its work before; that is no error to the person who clicks twice.
    Used(MailCode),
    Expired(MailCode),
    Unknown,
}

/// Looks at a link's code and consumes nothing: mail scanners open links too.
pub fn linked(tx: &mut Tx, now: Timestamp, text: &str) -> Result<LinkedCode, Fault> {
    let Some(token) = Token::parse(Prefix::MailCode, text) else { return Ok(LinkedCode::Unknown) };
    Ok(match store::code_by_hash(tx, &token.hash())? {
        None => LinkedCode::Unknown,
        Some(code) if code.used_at.is_some() => LinkedCode::Used(code),
        Some(code) if code.expires_at <= now => LinkedCode::Expired(code),
        Some(code) => LinkedCode::Good(code),
    })
}

/// Consumes a code: true for one caller, false for every later one.
pub fn redeem(tx: &mut Tx, ctx: &Context, code: RowId) -> Result<bool, Fault> {
    store::use_code(tx, ctx.now, code)
}

/// What a typed code came to. Wrong ones are counted, and the count stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TypedCode {
    Right(MailCode),
    Wrong { tries_left: i64 },
    Exhausted,
}

/// Compares `text` with the unused codes of this account, in constant time, and counts a miss.
pub fn typed(tx: &mut Tx, ctx: &Context, account: AccountId, text: &str) -> Result<TypedCode, Fault> {
    let plain: String = text.chars().filter(|c| c.is_ascii_alphanumeric()).collect::<String>().to_ascii_uppercase();
    // The try is taken first and given back if it was right: however many come at once, five are looked at.
    let Some(tries) = store::take_try(tx, account, TYPED_TRIES)? else { return Ok(TypedCode::Exhausted) };
    let mac = typed_mac(ctx, account, &plain);
    for (code, stored) in store::live_typed_codes(tx, account, ctx.now)? {
        if secret::equal(&stored, &mac) {
            store::give_try_back(tx, account)?;
            return Ok(TypedCode::Right(code));
        }
    }
    Ok(if tries >= TYPED_TRIES { TypedCode::Exhausted } else { TypedCode::Wrong { tries_left: TYPED_TRIES - tries } })
}

/// The newest code of `purpose`, used or not, for "send again" and its minute of patience.
pub fn newest_code(tx: &mut Tx, account: AccountId, purpose: Purpose) -> Result<Option<MailCode>, Fault> {
    store::newest_code(tx, account, purpose)
}

/// Ends all unused codes of `purpose`: what they would prove is no longer asked.
pub fn end_codes(tx: &mut Tx, ctx: &Context, account: AccountId, purpose: Purpose) -> Result<(), Fault> {
    store::end_codes(tx, ctx.now, account, purpose)
}

fn typed_mac(ctx: &Context, account: AccountId, typed: &str) -> Vec<u8> {
    secret::mac(&ctx.keyring.key(KeyPurpose::TypedCode), &[account.bytes(), typed.as_bytes()])
}
