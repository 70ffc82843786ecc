//! What spans accounts, sessions, grants and cases: suspend, reactivate, rescind.

mod reactivate;
mod rescind;
mod suspend;

pub use reactivate::{ReactivateRefusal, reactivate};
pub use rescind::{RescindRefusal, rescind};
pub use suspend::{SuspendRefusal, suspend};
