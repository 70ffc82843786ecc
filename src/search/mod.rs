//! What staff look for: the words of accounts, cases, requests and invitations in one index, found by how a word begins.
//!
//! Triggers note in the backlog what was written, whoever wrote it; [`refresh`] brings the index up to date before anybody
//! searches, and [`keep_up`] does so in the background. What a search costs does not grow with what there is: each word is
//! looked up in the index, and the rarest leads (`docs/decisions/search.md`).

mod refresh;
mod store;
#[cfg(test)]
mod tests;
mod words;

pub use refresh::{keep_up, refresh};
pub use store::{Found, Kind, MOST_LISTED, among, find, waiting};
