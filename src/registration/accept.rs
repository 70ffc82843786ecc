//! An invitation's facts are as staff approved them: the account is active, and nobody has to decide again.

use super::case::{Case, CaseKind};
use super::store;
use crate::account::{self, Account, AccountState, Role};
use crate::audit::{self, Action, Event};
use crate::clock::Timestamp;
use crate::config::{Config, Requirement};
use crate::context::Context;
use crate::db::{Fault, Tx};
use crate::facility::{self, Facility};
use crate::invitation;
use crate::outbox::{self, Letter, LetterKind};
use crate::profile::{self, Stated};

/// Whether `stated` says what was approved for this invitation, the approval has not ended, and no reviewer has looked at the case.
pub(super) fn is_as_approved(tx: &mut Tx, now: Timestamp, account: &Account, case: &Case, stated: &Stated) -> Result<bool, Fault> {
    // An account that was approved once and is pending again had its approval taken back: staff decide, not this.
    let is_new = account.state == AccountState::Pending && account.approved_at.is_none();
    if case.kind != CaseKind::Invitation || case.decided_by.is_some() || !is_new {
        return Ok(false);
    }
    Ok(facility::of(tx, case.facility_id)?.is_some_and(|facility| facility.is_valid(now) && says_the_same(&facility, stated)))
}

/// Whether the approved facts are those of the facility: identifiers, name, type.
pub fn says_the_same(facility: &Facility, stated: &Stated) -> bool {
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    facility.medicaid_id.as_deref().unwrap_or("") == stated.medicaid_id
        && facility.npi.as_deref().unwrap_or("") == stated.npi
        && plain(&facility.name) == plain(&stated.organization_name)
        && facility.organization_type == stated.organization_type
}

/// The profile that an invitation's account begins with: the approved row, and the person's name where another account has it.
pub fn offered(tx: &mut Tx, config: &Config, account: &Account, case: &Case) -> Result<Option<Stated>, Fault> {
    let Some(facility) = facility::of(tx, case.facility_id)? else { return Ok(None) };
    let phone = invitation::of_account(tx, account.id)?.map(|invitation| invitation.contact_phone).unwrap_or_default();
    let mut stated = Stated {
        contact_email: account.email.clone(),
        contact_phone: phone,
        organization_name: facility.name,
        no_npi: facility.npi.is_none()
            && config.organization_type(&facility.organization_type).is_some_and(|kind| kind.requires(Requirement::NpiOrNone)),
        organization_type: facility.organization_type,
        medicaid_id: facility.medicaid_id.unwrap_or_default(),
        npi: facility.npi.unwrap_or_default(),
        ..Stated::default()
    };
    for other in account::of_person(tx, account.person_id)?.iter().filter(|other| other.id != account.id) {
        if let Some(profile) = profile::find(tx, other.id)? {
            (stated.first_name, stated.last_name) = (profile.first_name, profile.last_name);
            break;
        }
    }
    Ok(Some(stated))
}

/// The account is active for the facility it was invited for.
pub(super) fn accept(tx: &mut Tx, ctx: &Context, account: &Account, case: &Case) -> Result<(), Fault> {
    if !store::accept(tx, ctx.now, case.id)? {
        return Err(Fault::Again("the case moved on at the same moment".into()));
    }
    let facility = facility::of(tx, case.facility_id)?.ok_or_else(|| Fault::broken("an invitation is for no facility"))?;
    let role = role_for(ctx, &facility.organization_type);
    if !account::activate(tx, ctx.now, account.id, role, Some(facility.id))? {
        return Err(Fault::Again("the account moved on at the same moment".into()));
    }
    let (to, language) = (profile::letter_address(tx, account)?, account::language_of(tx, account.id)?);
    let letter = Letter::new(LetterKind::Accepted, &to, &language, "/sign-in")
        .about(account.id)
        .case(case.id)
        .with("username", &account.username)
        .with("facility", &facility.name);
    outbox::post(tx, ctx, letter)?;
    let detail = serde_json::json!({ "facility": facility.id });
    audit::record(tx, ctx, Event::new(Action::CaseAccepted).account(account.id).case(case.id).detail(detail))?;
    audit::record(tx, ctx, Event::new(Action::AccountActivated).account(account.id).case(case.id))
}

/// The role of accounts of an organization type.
pub fn role_for(ctx: &Context, organization_type: &str) -> Role {
    let billing_agent = ctx.config.organization_type(organization_type).is_some_and(|kind| kind.billing_agent);
    if billing_agent { Role::BillingAgent } else { Role::Provider }
}
