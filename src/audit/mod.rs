//! What happened: every state change writes one [`Event`] in its own transaction, and a sealer chains them.
//!
//! ```text
//! record (in the change's transaction)  →  unsealed  →  seal (within a second)  →  sequence, previous digest, MAC
//! ```
//!
//! Events are written unlinked, because a chain inside the transaction would make all writers wait for one another.

mod event;
mod seal;
mod store;
mod verify;

pub use event::{Action, Event};
pub use seal::{seal, seal_all};
pub use store::{Entry, count_unsealed, export, record, trail_of_account, trail_of_case};
pub use verify::{Broken, Verified, verify};
