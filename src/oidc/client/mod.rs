//! Registered applications: relying parties that sign people in, and resource servers that introspect.

mod authenticate;
#[expect(clippy::module_inception, reason = "each folder's noun has a file of its own")]
mod client;
mod create;
mod response_type;
mod store;

pub use authenticate::{Credentials, authenticate};
pub use client::{AuthMethod, Client, GrantType, Introspects, Metadata, RequirePkce};
pub use create::{CreateRefusal, Created, create, rotate_secret};
pub use response_type::{ResponseMode, ResponseType};
pub use store::{find, list};
