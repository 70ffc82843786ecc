//! One integration crate, a module a feature. Every test speaks HTTP to a real listener, on a database of its own, with
//! a clock that stands still; what touches storage runs on SQLite and on PostgreSQL alike.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod accounts;
mod architecture;
mod audit;
mod bad_input;
mod catalogue;
mod client_authentication;
mod command_line;
mod conformance;
mod console;
mod console_clients;
mod crash;
mod evidence;
mod hostile;
mod letters;
mod oidc;
mod moving_in;
mod outbound;
mod persons;
mod power_pages;
mod races;
mod records;
mod registration;
mod replicas;
mod requests;
mod roster;
mod schema;
mod search;
mod support;
mod tokens;
mod wire_errors;
