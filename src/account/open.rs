//! An account is opened, pending until somebody approves it.

use super::{Role, store};
use crate::context::Context;
use crate::db::{Fault, Tx, savepoint};
use crate::ids::{AccountId, PersonId};
use crate::keyring::Keyring;
use crate::values::{EmailAddress, Username};

/// What an account is opened with.
#[derive(Clone)]
pub struct NewAccount {
    pub username: Username,
    pub email: EmailAddress,
    pub role: Role,
    /// The stored form of the password; none until the holder sets one.
    pub password: Option<String>,
    pub language: String,
}

/// A pending account of a new person is there; `None` where the username is taken.
pub fn open(tx: &mut Tx, ctx: &Context, new: &NewAccount) -> Result<Option<AccountId>, Fault> {
    open_of(tx, ctx, None, new)
}

/// The same, of a person who has accounts already.
pub fn open_of(tx: &mut Tx, ctx: &Context, person: Option<PersonId>, new: &NewAccount) -> Result<Option<AccountId>, Fault> {
    savepoint(tx, |tx| {
        let account = AccountId::new();
        let person = match person {
            Some(person) => person,
            None => {
                let person = PersonId::new();
                store::insert_person(tx, person, &new.language, ctx.now)?;
                person
            }
        };
        store::insert(tx, account, person, new, ctx.now)?;
        // Asked last: where the account that had the name was erased a moment ago, the name was free to be inserted.
        match store::is_retired(tx, &ctx.keyring, &new.username)? {
            true => Err(Fault::NotUnique("the username is retired".into())),
            false => Ok(account),
        }
    })
}

/// Up to three free usernames close to `wanted`.
pub fn suggestions(tx: &mut Tx, keyring: &Keyring, wanted: &Username) -> Result<Vec<String>, Fault> {
    let stem: String = wanted.as_str().chars().take(58).collect();
    let mut free = Vec::new();
    for ending in ["-2", "-3", "-office", "-billing", "-4", "-5"] {
        let Ok(name) = Username::parse(&format!("{stem}{ending}")) else { continue };
        if !store::username_taken(tx, keyring, &name)? {
            free.push(name.as_str().to_owned());
        }
        if free.len() == 3 {
            break;
        }
    }
    Ok(free)
}
