//! The events: an action, whom and what it touched, and details that never hold a secret.

use serde_json::{Value, json};

use crate::ids::{AccountId, CaseId, RosterId};
use crate::word_enum;

word_enum!(
    /// Every kind of change the service makes.
    Action {
        AccountRegistered = "account.registered",
        AccountCreated = "account.created",
        AccountActivated = "account.activated",
        AccountImported = "account.imported",
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
        CaseAccepted = "case.accepted",
        CaseReminded = "case.reminded",
        CaseOverdue = "case.overdue",
        FacilityApproved = "facility.approved",
        FacilityEndingFound = "facility.ending_found",
        FacilityEnded = "facility.ended",
        FacilityEndingDismissed = "facility.ending_dismissed",
        DirectoryImported = "directory.imported",
        RequestOpened = "request.opened",
        RequestSubmitted = "request.submitted",
        RequestCorrected = "request.corrected",
        RequestWithdrawn = "request.withdrawn",
        RequestExpired = "request.expired",
        RequestReminded = "request.reminded",
        RequestOverdue = "request.overdue",
        RowApproved = "row.approved",
        RowReturned = "row.returned",
        RowDenied = "row.denied",
        RowRechecked = "row.rechecked",
        InvitationCreated = "invitation.created",
        InvitationResent = "invitation.resent",
        InvitationReminded = "invitation.reminded",
        InvitationRevoked = "invitation.revoked",
        InvitationExpired = "invitation.expired",
        InvitationRedeemed = "invitation.redeemed",
        InvitationAskedFor = "invitation.asked_for",
        AccountsLinked = "accounts.linked",
        AccountUnlinked = "accounts.unlinked",
        AccountSwitched = "session.switched",
        UsernamesSent = "usernames.sent",
        MessageReceived = "message.received",
        DigestSent = "digest.sent",
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
        ClientChanged = "client.changed",
        ClientDeleted = "client.deleted",
        RegistrationTokenCreated = "client.token_created",
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
        RecordsExported = "records.exported",
        RecordsHeld = "records.held",
        RecordsReleased = "records.released",
        RecordsErased = "records.erased",
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

    /// A facility request stands where a case does: it is what the event is about.
    pub fn roster(mut self, roster: RosterId) -> Self {
        self.case = Some(CaseId(roster.0));
        self
    }

    /// Ids, states and reasons; never a secret, an address or an identifier of a provider.
    pub fn detail(mut self, detail: Value) -> Self {
        self.detail = detail;
        self
    }
}
