//! The grant, and whether it still stands.

use diesel::prelude::*;

use crate::account::{self, Account};
use crate::authentication::OpenSession;
use crate::clock::Timestamp;
use crate::db::schema::grants;
use crate::facility::Facility;
use crate::ids::{AccountId, GrantId, Sid};
use crate::oidc::claims_request::ClaimsRequest;
use crate::oidc::oauth::Scope;

/// A grant as it is stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = grants)]
pub struct Grant {
    pub id: GrantId,
    pub client_id: String,
    pub account_id: Option<AccountId>,
    pub sid: Option<Sid>,
    pub scope: String,
    /// JSON: the resources asked for; none means the client's own.
    pub audience: String,
    pub acr: String,
    pub amr: String,
    pub auth_time: Timestamp,
    /// The account's epoch when the grant was opened.
    pub account_epoch: i64,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    /// JSON: the claims asked for by name.
    pub claims: Option<String>,
    /// The name the client knows the account by, where that is not the account's own.
    pub subject: Option<String>,
}

impl Grant {
    /// Whom its tokens are about (`sub`): the account as the client knows it, or the client itself (RFC 9068 §2.2).
    pub fn sub(&self) -> String {
        match (&self.subject, self.account_id) {
            (Some(subject), _) => subject.clone(),
            (None, Some(account)) => account.to_string(),
            (None, None) => self.client_id.clone(),
        }
    }

    pub fn scope(&self) -> Scope {
        Scope::stored(&self.scope)
    }

    pub fn audience(&self) -> Vec<String> {
        serde_json::from_str(&self.audience).unwrap_or_default()
    }

    /// The claims that were asked for by name.
    pub fn claims(&self) -> ClaimsRequest {
        self.claims.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }

    pub fn is_offline(&self) -> bool {
        self.scope().has("offline_access")
    }
}

/// What a grant is opened with.
#[derive(Debug, Clone)]
pub struct NewGrant {
    pub client_id: String,
    /// A pairwise name, where the client has one.
    pub subject: Option<String>,
    /// As it was read when the decision was made.
    pub account: Account,
    pub sid: Sid,
    pub scope: Scope,
    pub audience: Vec<String>,
    pub claims: ClaimsRequest,
    pub acr: &'static str,
    pub amr: String,
    pub auth_time: Timestamp,
}

/// A grant with everything it rests on, read in one transaction.
#[derive(Debug, Clone)]
pub struct Standing {
    pub grant: Grant,
    /// None for the standing grant of a client.
    pub account: Option<Account>,
    pub facility: Option<Facility>,
    pub session: Option<OpenSession>,
}

impl Standing {
    /// Whether tokens of this grant are good now. Idling does not end one, signing out does (DESIGN §3).
    pub fn holds(&self, now: Timestamp) -> bool {
        if self.grant.ended_at.is_some() || self.grant.expires_at.is_some_and(|end| end <= now) {
            return false;
        }
        let Some(account) = &self.account else { return self.grant.account_id.is_none() };
        if account.grant_epoch != self.grant.account_epoch {
            return false;
        }
        let session_stands = self.session.as_ref().is_some_and(|session| session.ended_at.is_none() && now < session.ends_at);
        if !self.grant.is_offline() && !session_stands {
            return false;
        }
        account::may_issue_tokens(account, self.facility.as_ref(), now).is_ok()
    }
}
