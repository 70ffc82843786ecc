//! What must be told: letters to people and notices to applications, kept in the transaction of the fact they tell and until
//! somebody accepted them.
//!
//! ```text
//! waiting ──lease──▶ leased ──accepted──▶ accepted
//!    ▲                 │ refused: later, 12 times
//!    └─────────────────┴──────────────▶ dead       (and expired, where its code is no longer worth sending)
//! ```

mod letter;
mod store;

pub use letter::{Kind, Letter, LetterKind, Notice, Secrets};
pub use store::{
    Counts, Row, accepted, backlog, counts, due, erase, forget_letters, forget_notices, lease, list, of_account, post, post_notice,
    recipients_due, refused, retry,
};
