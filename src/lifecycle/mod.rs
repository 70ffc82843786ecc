//! What spans accounts, sessions, grants and cases: suspend, reactivate, close, rescind.

mod close;
mod end_facility;
mod import_accounts;
mod reactivate;
mod rescind;
mod staff_mail;
mod suspend;

pub use close::{CloseRefusal, close};
pub use end_facility::end_facility;
pub use import_accounts::{COLUMNS, Moved, NotMoved, Reader, import_account, missing_columns};
pub use reactivate::{ReactivateRefusal, reactivate};
pub use rescind::{RescindRefusal, rescind};
pub use staff_mail::{alarm_overdue, send_digest, tell_endings};
pub use suspend::{SuspendRefusal, suspend, suspend_person};
