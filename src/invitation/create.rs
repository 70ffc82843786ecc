//! An approved row becomes an invitation, in the transaction that approves it.

use super::{code, store};
use crate::audit::{self, Action, Event};
use crate::context::Context;
use crate::db::{Fault, Tx};
use crate::ids::{AccountId, FacilityId, InvitationId, RosterId, RowId};
use crate::outbox::{self, Letter, LetterKind};
use crate::web::say_time;

/// What an invitation is made of.
#[derive(Debug, Clone)]
pub struct NewInvitation {
    pub row: RowId,
    pub roster: RosterId,
    pub facility: FacilityId,
    pub facility_name: String,
    pub invited_by: AccountId,
    pub email: String,
    pub contact_phone: String,
    pub language: String,
}

/// The invitations are open, and one letter for each address lists its facilities.
pub fn create(tx: &mut Tx, ctx: &Context, company: &str, new: &[NewInvitation]) -> Result<(), Fault> {
    let mut by_address: Vec<(&NewInvitation, Vec<(String, String)>)> = Vec::new();
    for invitation in new {
        let id = InvitationId::new();
        store::insert(tx, ctx, id, invitation)?;
        let code = code::issue(tx, ctx, id)?;
        let detail = serde_json::json!({ "invitation": id, "facility": invitation.facility });
        audit::record(tx, ctx, Event::new(Action::InvitationCreated).roster(invitation.roster).detail(detail))?;
        let link = (invitation.facility_name.clone(), format!("/redeem?code={}", code.reveal()));
        match by_address.iter_mut().find(|(first, _)| first.email.eq_ignore_ascii_case(&invitation.email)) {
            Some((_, links)) => links.push(link),
            None => by_address.push((invitation, vec![link])),
        }
    }
    for (first, links) in by_address {
        let (language, email) = (first.language.clone(), first.email.clone());
        post(tx, ctx, LetterKind::Invitation, &email, &language, company, links, store::expiry(ctx))?;
    }
    Ok(())
}

/// One letter with a link for each facility. It names the company, the steps, the help address and the last day.
pub(super) fn post(
    tx: &mut Tx,
    ctx: &Context,
    kind: LetterKind,
    email: &str,
    language: &str,
    company: &str,
    links: Vec<(String, String)>,
    expires_at: crate::clock::Timestamp,
) -> Result<(), Fault> {
    let words = ctx.catalogue.choose(language);
    let names: Vec<&str> = links.iter().map(|(name, _)| name.as_str()).collect();
    let letter = Letter::new(kind, email, language, "")
        .with("company", company)
        .with("facilities", names.iter().map(|name| format!("• {name}")).collect::<Vec<_>>().join("\n"))
        .with("count", names.len().to_string())
        .with("expires", say_time(&ctx.config, &words, expires_at))
        .links(links, expires_at);
    outbox::post(tx, ctx, letter)
}
