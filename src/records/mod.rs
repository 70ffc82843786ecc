//! What is kept of a person: exported whole, held for a court, and erased when its time is over.
//!
//! ```text
//! accounts closed ──years of the schedule──▶ erased          never confirmed, closed ──days──▶ erased
//!        └── legal hold: nothing of the person is erased until it is lifted
//! ```
//!
//! Erasing takes everything that says who somebody was. The rows that others point at stay, empty, and so does the audit: it
//! holds ids only, and its chain stays whole (`docs/decisions/records.md`).

mod erase;
mod export;
mod hold;
mod store;

pub use erase::{EraseRefusal, Ground, erase, erase_due};
pub use export::export;
pub use hold::{HoldRefusal, hold, lift};
pub use store::{Held, held, holds_of};
