//! What an operation knows of its surroundings.

use std::fmt;
use std::sync::Arc;

use crate::clock::Timestamp;
use crate::config::Config;
use crate::ids::AccountId;
use crate::keyring::Keyring;
use crate::secret::{Random, base64url};
use crate::words::Catalogue;

/// Who does something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// Somebody who has not signed in.
    Visitor,
    /// The holder of an account, for themselves.
    Account(AccountId),
    /// Staff, by their power.
    Staff(AccountId),
    /// An application, by its client id.
    Client(String),
    /// The operator at the command line.
    Operator,
    /// The service itself: a timer or worker.
    System,
}

impl Actor {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Visitor => "visitor",
            Self::Account(_) => "account",
            Self::Staff(_) => "staff",
            Self::Client(_) => "client",
            Self::Operator => "operator",
            Self::System => "system",
        }
    }

    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::Account(id) | Self::Staff(id) => Some(*id),
            _ => None,
        }
    }
}

/// Names one request in logs, in the audit and on an error page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    pub fn random(random: &dyn Random) -> Self {
        Self(base64url(&random.bytes::<9>()))
    }

    pub fn of_work(work: &str) -> Self {
        Self(work.to_owned())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Time, chance and authorship of one operation.
#[derive(Clone)]
pub struct Context {
    pub now: Timestamp,
    pub actor: Actor,
    pub request: RequestId,
    pub config: Arc<Config>,
    pub random: Arc<dyn Random>,
    pub keyring: Arc<Keyring>,
    /// For words that a letter takes along, in its reader's language.
    pub catalogue: Arc<Catalogue>,
}

impl Context {
    /// The same surroundings, with `actor` as the one who acts.
    pub fn by(&self, actor: Actor) -> Self {
        Self { actor, ..self.clone() }
    }
}
