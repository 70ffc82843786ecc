//! An invitation is redeemed: a pending account for its facility, whose profile is filled in already.

use super::case::CaseKind;
use super::register::send_confirmation;
use super::{Registered, store};
use crate::account::{self, AccountState, NewAccount, Role};
use crate::audit::{self, Action, Event};
use crate::context::{Actor, Context};
use crate::db::{Fault, Refused, Tx};
use crate::facility;
use crate::ids::AccountId;
use crate::invitation::{self, Pressed};
use crate::outbox::{self, Letter, LetterKind};
use crate::values::{EmailAddress, Username};

/// What the Register form of an invitation gives, with the password already in its stored form.
#[derive(Clone)]
pub struct NewRedemption {
    pub pressed: Pressed,
    pub username: Username,
    pub stored_password: String,
    pub language: String,
    /// The account that is signed in and takes the new one beside it.
    pub beside: Option<AccountId>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RedeemRefusal {
    UsernameTaken {
        suggestions: Vec<String>,
    },
    /// Somebody was first, or the invitation ended.
    Dead,
    /// The account beside which it was to be is suspended, closed, or staff.
    NotBeside,
}

/// The code is consumed and the account is there, in one transaction: of two browsers, one makes an account.
pub fn redeem(tx: &mut Tx, ctx: &Context, new: &NewRedemption) -> Result<Registered, Refused<RedeemRefusal>> {
    let refuse = |refusal| Err(Refused::Refusal(refusal));
    let Some(invitation) = invitation::press(tx, ctx.now, &new.pressed)? else { return refuse(RedeemRefusal::Dead) };
    // An approval of the same moment may have left an invitation for a facility that ended.
    if facility::find(tx, invitation.facility_id)?.is_none_or(|facility| !facility.is_valid(ctx.now)) {
        return refuse(RedeemRefusal::Dead);
    }
    let person = match new.beside {
        None => None,
        Some(beside) => {
            let person = account::find(tx, beside)?.map(|account| account.person_id).ok_or(Refused::Refusal(RedeemRefusal::NotBeside))?;
            account::hold_person(tx, person)?;
            let may = account::find(tx, beside)?.filter(|account| {
                account.person_id == person
                    && !account.role.is_staff()
                    && matches!(account.state, AccountState::Active | AccountState::Pending)
            });
            Some(may.ok_or(Refused::Refusal(RedeemRefusal::NotBeside))?.person_id)
        }
    };
    let email = EmailAddress::parse(&invitation.email).map_err(|problem| Fault::broken(problem.key))?;
    let account = NewAccount {
        username: new.username.clone(),
        email,
        role: Role::Provider,
        password: Some(new.stored_password.clone()),
        language: new.language.clone(),
    };
    let Some(id) = account::open_of(tx, ctx, person, &account)? else {
        let suggestions = account::suggestions(tx, &ctx.keyring, &new.username)?;
        return refuse(RedeemRefusal::UsernameTaken { suggestions });
    };
    if !invitation::consume(tx, ctx.now, &new.pressed, id)? {
        return refuse(RedeemRefusal::Dead);
    }
    let ctx = &ctx.by(Actor::Account(id));
    let detail = serde_json::json!({ "invitation": invitation.id, "facility": invitation.facility_id, "beside": new.beside });
    audit::record(tx, ctx, Event::new(Action::InvitationRedeemed).account(id).detail(detail))?;
    let case = store::open(tx, ctx, id, CaseKind::Invitation, Some(invitation.facility_id))?;
    if new.pressed.proves_address {
        account::confirm_address(tx, ctx, id, &invitation.email)?;
    } else {
        send_confirmation(tx, ctx, id, LetterKind::ConfirmAddress, &invitation.email)?;
    }
    if let Some(person) = person {
        for other in account::of_person(tx, person)?.into_iter().filter(|other| other.id != id && other.is_confirmed()) {
            let language = account::language_of(tx, other.id)?;
            let letter = Letter::new(LetterKind::Linked, &other.email, &language, "/facilities")
                .about(other.id)
                .with("username", &other.username)
                .with("other", new.username.as_str());
            outbox::post(tx, ctx, letter)?;
        }
        audit::record(tx, ctx, Event::new(Action::AccountsLinked).account(id).detail(serde_json::json!({ "beside": new.beside })))?;
    }
    Ok(Registered { account: id, case })
}
