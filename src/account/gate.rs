//! The one gate in front of every token.

use super::{Account, AccountState};
use crate::clock::Timestamp;
use crate::facility::Facility;

/// Why no token may be issued or honoured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GateClosed {
    /// Registered, and staff have not approved it.
    Pending,
    Suspended,
    Closed,
    NoFacility,
    /// The facility is not valid yet, or no longer.
    FacilityNotValid,
}

/// Opens for an active account whose facility is valid now; a staff account passes by its role.
///
/// Authorize, token, refresh, userinfo and introspection ask this, and nothing else decides it (PRODUCT §3).
pub fn may_issue_tokens(account: &Account, facility: Option<&Facility>, now: Timestamp) -> Result<(), GateClosed> {
    match account.state {
        AccountState::Pending => return Err(GateClosed::Pending),
        AccountState::Suspended => return Err(GateClosed::Suspended),
        AccountState::Closed => return Err(GateClosed::Closed),
        AccountState::Active => {}
    }
    if account.role.is_staff() {
        return Ok(());
    }
    match facility {
        None => Err(GateClosed::NoFacility),
        Some(facility) if !facility.is_valid(now) => Err(GateClosed::FacilityNotValid),
        Some(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::account::Role;
    use crate::ids::{AccountId, FacilityId, PersonId};

    fn account(state: AccountState, role: Role) -> Account {
        let now = Timestamp::from_seconds(0);
        Account {
            id: AccountId::new(),
            person_id: PersonId::new(),
            username: "ada".into(),
            role,
            state,
            suspension_reason: None,
            email: "ada@x.test".into(),
            email_confirmed_at: Some(now),
            password: None,
            password_changed_at: None,
            failed_sign_ins: 0,
            code_tries: 0,
            denials: 0,
            facility_id: None,
            approved_at: None,
            grant_epoch: 0,
            created_at: now,
            updated_at: now,
            erased_at: None,
        }
    }

    fn facility(from: i64, until: Option<i64>) -> Facility {
        Facility {
            id: FacilityId::new(),
            name: "F".into(),
            facility_type: "Hospital".into(),
            organization_type: "facility".into(),
            medicaid_id: None,
            npi: None,
            valid_from: Timestamp::from_seconds(from),
            valid_until: until.map(Timestamp::from_seconds),
            approved_at: Timestamp::from_seconds(0),
        }
    }

    #[test]
    fn only_an_active_account_with_a_valid_facility_passes() {
        let now = Timestamp::from_seconds(100);
        let open = facility(0, None);
        for (state, expected) in [
            (AccountState::Pending, Err(GateClosed::Pending)),
            (AccountState::Suspended, Err(GateClosed::Suspended)),
            (AccountState::Closed, Err(GateClosed::Closed)),
            (AccountState::Active, Ok(())),
        ] {
            assert_eq!(may_issue_tokens(&account(state, Role::Provider), Some(&open), now), expected);
        }
        let active = account(AccountState::Active, Role::Provider);
        assert_eq!(may_issue_tokens(&active, None, now), Err(GateClosed::NoFacility));
        assert_eq!(may_issue_tokens(&active, Some(&facility(101, None)), now), Err(GateClosed::FacilityNotValid));
        let ending = facility(0, Some(101));
        assert_eq!(may_issue_tokens(&active, Some(&ending), now), Ok(()));
        assert_eq!(may_issue_tokens(&active, Some(&ending), now + Duration::from_secs(1)), Err(GateClosed::FacilityNotValid));
    }

    #[test]
    fn staff_pass_by_role_while_active() {
        let now = Timestamp::from_seconds(100);
        assert_eq!(may_issue_tokens(&account(AccountState::Active, Role::Reviewer), None, now), Ok(()));
        assert_eq!(may_issue_tokens(&account(AccountState::Suspended, Role::Reviewer), None, now), Err(GateClosed::Suspended));
    }
}
