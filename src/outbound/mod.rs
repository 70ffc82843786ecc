//! Calls to addresses that applications registered: their keys, their request objects, their logout endpoints.
//!
//! Whoever registers an address chooses where this service connects to, so all of it is bounded: https alone, public addresses
//! alone (the *resolved* address is looked at, so no name can point inside), five seconds, 64 KiB, three redirects, and answers
//! are kept as long as HTTP allows. The development switches of the configuration let loopback in.

mod address;
mod cache;
mod client;

pub use address::{Problem, check_url};
pub use client::{Outbound, OutboundError};
