//! The courier: takes letters from the outbox, writes them in the reader's language, and hands them to a mail server.

mod courier;
mod render;
mod transport;

pub use courier::{deliver_due, run};
pub use render::{Rendered, render, test_letter};
pub use transport::{Answer, Transport};
