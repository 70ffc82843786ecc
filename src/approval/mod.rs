//! Staff decide: a case in review is approved, returned or denied, each bound to the version it was decided on.

mod approve;
mod deny;
mod evidence;
mod give_back;
mod letters;
mod refusal;

pub use approve::{Approved, approve};
pub use deny::deny;
pub use evidence::{Evidence, Light, evidence};
pub use give_back::give_back;
pub use letters::{Preview, preview};
pub use refusal::DecideRefusal;
