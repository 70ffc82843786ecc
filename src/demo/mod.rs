//! `gatehouse demo`: the whole story on one machine. The service, a sample relying party (*MCO Complaints*), a sample
//! resource server (the ticket service), sample people, and a mailbox page in place of mail.
//!
//! The two applications speak HTTP to the service and nothing else, as anybody's would.

mod agency;
mod complaints;
mod http;
mod people;
mod start;
mod tickets;

pub use start::{DemoError, Options, start};
