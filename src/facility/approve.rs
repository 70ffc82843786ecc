//! Staff fix what is true of a facility.

use super::{Facility, store};
use crate::audit::{self, Event};
use crate::clock::Timestamp;
use crate::context::Context;
use crate::db::{Fault, Tx, savepoint};
use crate::ids::FacilityId;
use crate::revocation::{self, Revoked};

/// What a reviewer approves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    pub name: String,
    pub facility_type: String,
    pub organization_type: String,
    pub medicaid_id: Option<String>,
    pub npi: Option<String>,
    pub valid_from: Timestamp,
    pub valid_until: Option<Timestamp>,
}

/// The facility that was approved elsewhere, at `approved_at`, is there: one whose Medicaid ID is known stays as it is here.
pub fn join_or_add(tx: &mut Tx, ctx: &Context, about: Event, approval: Approval, approved_at: Timestamp) -> Result<Facility, Fault> {
    if let Some(id) = &approval.medicaid_id
        && let Some(known) = store::with_medicaid_id(tx, id)?
    {
        return Ok(known);
    }
    let facility = Facility { approved_at, ..new(ctx, approval) };
    match savepoint(tx, |tx| store::insert(tx, &facility))? {
        Some(()) => {}
        None => return Err(Fault::Again("the facility was approved at the same moment".into())),
    }
    audit::record(tx, ctx, about.detail(serde_json::json!({ "facility": facility.id })))?;
    Ok(facility)
}

fn new(ctx: &Context, approval: Approval) -> Facility {
    Facility {
        id: FacilityId::new(),
        name: approval.name,
        facility_type: approval.facility_type,
        organization_type: approval.organization_type,
        medicaid_id: approval.medicaid_id,
        npi: approval.npi,
        valid_from: approval.valid_from,
        valid_until: approval.valid_until,
        approved_at: ctx.now,
    }
}

/// The facility with these facts is there: a known Medicaid ID is joined and says what the reviewer approved, another is made.
///
/// `about` is the event that says so, and `own` the facility that the account acted for before, which a new approval without a Medicaid ID keeps.
pub fn approve(tx: &mut Tx, ctx: &Context, about: Event, own: Option<FacilityId>, approval: Approval) -> Result<FacilityId, Fault> {
    let facility = new(ctx, approval);
    let known = match &facility.medicaid_id {
        Some(id) => store::with_medicaid_id(tx, id)?,
        None => store::of(tx, own)?.filter(|own| own.medicaid_id.is_none()),
    };
    let id = match known {
        Some(known) => {
            store::update(tx, known.id, &facility)?;
            // Its validity may have changed for everybody who acts for it.
            revocation::note(tx, ctx, Revoked::Facility, known.id.bytes())?;
            known.id
        }
        None => match savepoint(tx, |tx| store::insert(tx, &facility))? {
            Some(()) => facility.id,
            // Another case was approved for the same Medicaid ID at the same moment: try again and join it.
            None => return Err(Fault::Again("the facility was approved at the same moment".into())),
        },
    };
    audit::record(tx, ctx, about.detail(serde_json::json!({ "facility": id })))?;
    Ok(id)
}
