//! The letters the service writes, as parameters; their words are in the catalogue.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::ids::{AccountId, CaseId, Sid};
use crate::word_enum;

word_enum!(
    /// What the outbox holds.
    Kind {
        Letter = "letter",
        /// A notice to an application that somebody signed out.
        Logout = "logout",
    }
);

word_enum!(
    /// Every letter there is. `letter-<word>-subject` and `-body` in the catalogue are its text.
    LetterKind {
        ConfirmAddress = "confirm-address",
        ConfirmFurtherAccount = "confirm-further-account",
        ConfirmNewAddress = "confirm-new-address",
        RequestReceived = "request-received",
        Returned = "returned",
        Approved = "approved",
        Denied = "denied",
        Withdrawn = "withdrawn",
        Rescinded = "rescinded",
        PasswordReset = "password-reset",
        PasswordChanged = "password-changed",
        SecondFactorChanged = "second-factor-changed",
        EmailChanged = "email-changed",
        ContactChanged = "contact-changed",
        AccountSuspended = "account-suspended",
        AccountReactivated = "account-reactivated",
        AccountClosed = "account-closed",
        Expiring = "expiring",
        CaseExpired = "request-expired",
        Accepted = "accepted",
        Invitation = "invitation",
        InvitationReminder = "invitation-reminder",
        InvitationRevoked = "invitation-revoked",
        InvitationAskedFor = "invitation-asked-for",
        RequestDraft = "request-draft",
        RequestReport = "request-report",
        RequestDecided = "request-decided",
        PleaseUpload = "please-upload",
        PleaseRegister = "please-register",
        Usernames = "usernames",
        ResetElsewhere = "reset-elsewhere",
        Linked = "linked",
        Unlinked = "unlinked",
        FacilityEnding = "facility-ending",
        FacilityEnded = "facility-ended",
        StaffDigest = "staff-digest",
        OverdueAlarm = "overdue-alarm",
    }
);

/// Tells an application that a session ended (OpenID Connect Back-Channel Logout 1.0); it is signed when it leaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    pub client_id: String,
    pub account: AccountId,
    /// The account as the application knows it.
    pub sub: String,
    pub sid: Sid,
}

/// One letter to one address.
#[derive(Debug, Clone)]
pub struct Letter {
    pub kind: LetterKind,
    pub to: String,
    pub language: String,
    pub account: Option<AccountId>,
    pub case: Option<CaseId>,
    /// What the text is filled with. No password, code or provider identifier belongs here.
    pub parameters: BTreeMap<String, String>,
    /// The path of the letter's one link, where it holds no code.
    pub path: String,
    pub secrets: Option<Secrets>,
    /// After this the letter is not worth sending.
    pub expires_at: Option<Timestamp>,
}

/// The codes of a letter: sealed in the outbox, and erased once it was accepted, died or expired.
#[derive(Clone, Serialize, Deserialize)]
pub struct Secrets {
    /// The path of the letter's link, with its code.
    pub link: String,
    /// The short code to type, where there is one.
    pub code: Option<String>,
    /// Where a letter is about several things: the name of each, and its own link. The first is `link`.
    #[serde(default)]
    pub several: Vec<(String, String)>,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets(••••)")
    }
}

impl Letter {
    pub fn new(kind: LetterKind, to: &str, language: &str, path: impl Into<String>) -> Self {
        Self {
            kind,
            to: to.to_owned(),
            language: language.to_owned(),
            account: None,
            case: None,
            parameters: BTreeMap::new(),
            path: path.into(),
            secrets: None,
            expires_at: None,
        }
    }

    pub fn about(mut self, account: AccountId) -> Self {
        self.account = Some(account);
        self
    }

    pub fn case(mut self, case: CaseId) -> Self {
        self.case = Some(case);
        self
    }

    pub fn with(mut self, name: &str, text: impl Into<String>) -> Self {
        self.parameters.insert(name.to_owned(), text.into());
        self
    }

    pub fn secrets(mut self, link: String, code: Option<String>, expires_at: Timestamp) -> Self {
        self.secrets = Some(Secrets { link, code, several: Vec::new() });
        self.expires_at = Some(expires_at);
        self
    }

    /// A link for each of several things; the first is the letter's action.
    pub fn links(mut self, several: Vec<(String, String)>, expires_at: Timestamp) -> Self {
        let link = several.first().map(|(_, link)| link.clone()).unwrap_or_default();
        self.secrets = Some(Secrets { link, code: None, several });
        self.expires_at = Some(expires_at);
        self
    }
}
