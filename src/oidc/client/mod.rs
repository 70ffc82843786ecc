//! Registered applications: relying parties that sign people in, and resource servers that introspect.

mod authenticate;
#[expect(clippy::module_inception, reason = "each folder's noun has a file of its own")]
mod client;
mod assertion;
mod check;
mod create;
mod keys;
mod metadata;
mod response_type;
mod store;

pub use authenticate::{Credentials, authenticate};
pub use check::Unsound;
pub use client::Client;
pub use create::{CreateRefusal, Created, change, create, delete, is_id, new_id, register, replace, rotate_secret, vet};
pub use keys::{Verified, verify};
pub use metadata::{AssertionAlgorithm, AuthMethod, GrantType, Introspects, Metadata, RequirePkce, SubjectType, TokenFormat};
pub use response_type::{ResponseMode, ResponseType};
pub use store::{Listed, find, find_readable, forget_replays, list, search};
