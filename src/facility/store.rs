//! The table of facilities.

use diesel::prelude::*;

use super::Facility;
use crate::clock::Timestamp;
use crate::db::schema::facilities;
use crate::db::{Fault, Tx};
use crate::ids::FacilityId;

pub fn find(tx: &mut Tx, id: FacilityId) -> Result<Option<Facility>, Fault> {
    Ok(facilities::table.find(id).select(Facility::as_select()).first(tx).optional()?)
}

/// The facility of an account that has one.
pub fn of(tx: &mut Tx, id: Option<FacilityId>) -> Result<Option<Facility>, Fault> {
    id.map_or(Ok(None), |id| find(tx, id))
}

pub fn with_medicaid_id(tx: &mut Tx, medicaid_id: &str) -> Result<Option<Facility>, Fault> {
    Ok(facilities::table.filter(facilities::medicaid_id.eq(medicaid_id)).select(Facility::as_select()).first(tx).optional()?)
}

/// Facilities with this NPI; several locations may share one.
pub fn with_npi(tx: &mut Tx, npi: &str) -> Result<Vec<Facility>, Fault> {
    Ok(facilities::table.filter(facilities::npi.eq(npi)).limit(20).select(Facility::as_select()).load(tx)?)
}

pub(super) fn insert(tx: &mut Tx, facility: &Facility) -> Result<(), Fault> {
    diesel::insert_into(facilities::table)
        .values((
            facilities::id.eq(facility.id),
            facilities::name.eq(&facility.name),
            facilities::facility_type.eq(&facility.facility_type),
            facilities::organization_type.eq(&facility.organization_type),
            facilities::medicaid_id.eq(&facility.medicaid_id),
            facilities::npi.eq(&facility.npi),
            facilities::valid_from.eq(facility.valid_from),
            facilities::valid_until.eq(facility.valid_until),
            facilities::approved_at.eq(facility.approved_at),
        ))
        .execute(tx)?;
    Ok(())
}

/// The facility stops being valid at `until`; false where it had ended before that.
pub fn end(tx: &mut Tx, id: FacilityId, until: Timestamp) -> Result<bool, Fault> {
    let ended = diesel::update(facilities::table.find(id).filter(facilities::valid_until.is_null().or(facilities::valid_until.gt(until))))
        .set(facilities::valid_until.eq(until))
        .execute(tx)?;
    Ok(ended == 1)
}

pub(super) fn update(tx: &mut Tx, id: FacilityId, facility: &Facility) -> Result<(), Fault> {
    diesel::update(facilities::table.find(id))
        .set((
            facilities::name.eq(&facility.name),
            facilities::facility_type.eq(&facility.facility_type),
            facilities::organization_type.eq(&facility.organization_type),
            facilities::npi.eq(&facility.npi),
            facilities::valid_from.eq(facility.valid_from),
            facilities::valid_until.eq(facility.valid_until),
        ))
        .execute(tx)?;
    Ok(())
}
