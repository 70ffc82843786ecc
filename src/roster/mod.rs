//! The multiple provider/facility request: a contact and many rows, each checked, reviewed and decided by itself.
//!
//! ```text
//! draft ──confirmed──▶ submitted ──▶ (decided: no row waits)      withdrawn, expired: from draft and submitted
//!
//! row:  incomplete ──corrected──▶ in_review ──▶ approved (invited) | returned | denied
//!            ▲─────────────corrected, and wrong───┘ returned ──corrected──▶ in_review
//! ```
//!
//! Four ways in (upload, paste, web grid, mail) and one pipeline: `sheet` reads, `check` finds, `submit` keeps.

pub mod check;
mod correct;
mod decide;
mod expire;
mod facts;
mod letters;
pub mod pages;
mod receive;
mod request;
pub mod sheet;
mod store;
mod submit;
pub mod template;
mod withdraw;

pub use correct::{CorrectRefusal, Corrected, correct};
pub use decide::{DecideRowsRefusal, DecidedRows, Picked, RowDecision, decide};
pub use expire::{expire_due, remind_due};
pub use facts::facts;
pub use receive::{Received, receive};
pub use request::{Contact, Light, Request, RequestState, Row, RowState, Source};
pub use store::{
    Counts, Outcome, RequestFilter, backlog, counts, counts_of, erase, find, of_person, overdue, requests, row, rows, rows_to_correct,
    take_alarm, waiting,
};
pub use submit::{NewRequest, SubmitRequestRefusal, Submitted, confirm, submit};
pub use withdraw::{set_aside_of, withdraw};
