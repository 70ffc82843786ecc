//! One browser, several accounts of one person: which of them acts now.

use super::session::Place;
use super::sign_in::Session;
use super::{SignedIn, store};
use crate::account::{self, AccountState};
use crate::audit::{self, Action, Event};
use crate::context::{Actor, Context};
use crate::db::{Fault, Refused, Tx};
use crate::ids::{AccountId, Sid};
use crate::secret::{Prefix, Token};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SwitchRefusal {
    /// It is not one of this person's, or it is closed.
    NotYours,
    /// The person has a second factor, and this session has not shown it.
    LowerLevel,
    /// The session ended in another window.
    SessionOver,
}

/// The session acts with `to`, under a new secret. The factors that were shown count for it: no second sign-in.
pub fn switch(tx: &mut Tx, ctx: &Context, from: &SignedIn, to: AccountId) -> Result<Session, Refused<SwitchRefusal>> {
    let place = place_for(tx, from, to)?;
    let secret = Token::random(Prefix::Session, &*ctx.random);
    if !store::set_current(tx, from.session.id, &secret.hash(), to, ctx.now)? {
        return Err(Refused::Refusal(SwitchRefusal::SessionOver));
    }
    let by = ctx.by(Actor::Account(to));
    audit::record(
        tx,
        &by,
        Event::new(Action::AccountSwitched).account(to).detail(serde_json::json!({ "from": from.account.id, "sid": place.id })),
    )?;
    Ok(Session { secret, sid: place.id, max_age: from.session.ends_at.since(ctx.now).as_secs() })
}

/// The place of one of the person's accounts in this session: the one it has, or a new one with a `sid` of its own.
pub fn place_for(tx: &mut Tx, from: &SignedIn, to: AccountId) -> Result<Place, Refused<SwitchRefusal>> {
    // Unlinking takes the person too, and first: whoever is second sees what the first one did.
    account::hold_person(tx, from.account.person_id)?;
    if !store::hold_session(tx, from.session.id)? {
        return Err(Refused::Refusal(SwitchRefusal::SessionOver));
    }
    if account::find(tx, from.account.id)?.is_none_or(|own| own.person_id != from.account.person_id) {
        return Err(Refused::Refusal(SwitchRefusal::SessionOver));
    }
    let own = account::find(tx, to)?
        .filter(|account| account.person_id == from.account.person_id && account.state != AccountState::Closed && !account.role.is_staff());
    if own.is_none() || (from.account.role.is_staff() && to != from.account.id) {
        return Err(Refused::Refusal(SwitchRefusal::NotYours));
    }
    if to != from.account.id && !from.has_two_factors() && !store::confirmed_authenticators(tx, from.account.person_id)?.is_empty() {
        return Err(Refused::Refusal(SwitchRefusal::LowerLevel));
    }
    let known = store::place_of(tx, from.session.id, to)?;
    if let Some(known) = known.filter(|known| known.signed_in_at >= from.place.signed_in_at) {
        return Ok(known);
    }
    let place = Place { id: Sid::new(), account_id: to, ended_at: None, ..from.place.clone() };
    let id = store::take_place(tx, &place)?;
    Ok(Place { id, ..place })
}

/// Who is signed in, as one of the person's other accounts.
pub fn acting_as(tx: &mut Tx, from: &SignedIn, to: AccountId) -> Result<SignedIn, Refused<SwitchRefusal>> {
    let place = place_for(tx, from, to)?;
    let account = account::find(tx, to)?.ok_or_else(|| Fault::broken("an account has a place and is not there"))?;
    Ok(SignedIn { place, account, ..from.clone() })
}
