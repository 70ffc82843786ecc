//! The events: an action, whom and what it touched, and details that never hold a secret.

use serde_json::{Value, json};

use crate::ids::{AccountId, CaseId};
use crate::word_enum;

word_enum!(
    /// Every kind of change the service makes.
    Action {
        AccountRegistered = "account.registered",
        AccountCreated = "account.created",
        AccountActivated = "account.activated",
        AccountSuspended = "account.suspended",
        AccountReactivated = "account.reactivated",
        AccountClosed = "account.closed",
        AccountPending = "account.pending",
        AddressConfirmed = "address.confirmed",
        AddressConfirmationFailed = "address.confirmation_failed",
        AddressConfirmationSent = "address.confirmation_sent",
        AddressChanged = "address.changed",
        ProfileChanged = "profile.changed",
        CaseOpened = "case.opened",
        CaseSubmitted = "case.submitted",
        CaseEnteredReview = "case.entered_review",
        CaseCorrected = "case.corrected",
        CaseClaimed = "case.claimed",
        CaseReleased = "case.released",
        CaseApproved = "case.approved",
        CaseReturned = "case.returned",
        CaseDenied = "case.denied",
        CaseRescinded = "case.rescinded",
        CaseWithdrawn = "case.withdrawn",
        CaseExpired = "case.expired",
        FacilityApproved = "facility.approved",
        SignedIn = "session.signed_in",
        SignInFailed = "session.sign_in_failed",
        SecondFactorFailed = "session.second_factor_failed",
        SignedOut = "session.signed_out",
        SessionEnded = "session.ended",
        PasswordChanged = "password.changed",
        PasswordResetRequested = "password.reset_requested",
        PasswordReset = "password.reset",
        AuthenticatorAdded = "authenticator.added",
        AuthenticatorRemoved = "authenticator.removed",
        StaffEnrolmentOffered = "staff.enrolment_offered",
        StaffEnrolled = "staff.enrolled",
        ClientCreated = "client.created",
        ClientSecretRotated = "client.secret_rotated",
        ConsentGranted = "consent.granted",
        ConsentWithdrawn = "consent.withdrawn",
        GrantIssued = "grant.issued",
        GrantEnded = "grant.ended",
        TokenRefreshed = "token.refreshed",
        TokenRevoked = "token.revoked",
        CodeReplayed = "code.replayed",
        RefreshTokenReplayed = "refresh_token.replayed",
        SigningKeyCreated = "key.created",
        KeysRewrapped = "key.rewrapped",
        LetterDied = "letter.dead",
        LetterRetried = "letter.retried",
    }
);

/// One change, as the audit keeps it.
#[derive(Debug, Clone)]
pub struct Event {
    pub(super) action: Action,
    pub(super) account: Option<AccountId>,
    pub(super) case: Option<CaseId>,
    pub(super) detail: Value,
}

impl Event {
    pub fn new(action: Action) -> Self {
        Self { action, account: None, case: None, detail: json!({}) }
    }

    pub fn account(mut self, account: AccountId) -> Self {
        self.account = Some(account);
        self
    }

    pub fn case(mut self, case: CaseId) -> Self {
        self.case = Some(case);
        self
    }

    /// Ids, states and reasons; never a secret, an address or an identifier of a provider.
    pub fn detail(mut self, detail: Value) -> Self {
        self.detail = detail;
        self
    }
}
