//! What staff approved: a facility with its identifiers and the time it is valid for.
//!
//! Facility claims come from here, never from the profile that its holder can edit.

mod approve;
pub mod directory;
#[expect(clippy::module_inception, reason = "each folder's noun has a file of its own")]
mod facility;
mod identifiers;
mod store;

pub use approve::{Approval, approve, join_or_add};
pub use facility::Facility;
pub use identifiers::{MedicaidId, Npi};
pub use store::{end, find, of, with_medicaid_id, with_npi};
