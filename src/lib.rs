//! Gatehouse, the code map: one sentence a module, in dependency order. A module uses only modules above it, and a test
//! reads every `use crate::` to hold it to that; so reading downward is the tour (`docs/tour.md`).

// Kernel: knows no domain word.
/// Time, as a value that is passed in.
pub mod clock;
/// Typed identifiers and enums that both databases store.
pub mod ids;
/// Randomness, tokens, hashes.
pub mod secret;
/// Addresses, telephone numbers, usernames: parsed once, at the door.
pub mod values;
/// Every word a person reads, from the catalogues in `locales/`.
pub mod words;
/// One typed struct from a file and variables, with every problem listed at once.
pub mod config;
/// What replicas share: rate limits, and delays after failures.
pub mod shared;
/// argon2id, bounded in parallel.
pub mod hashing;
/// SQLite and PostgreSQL behind one `read` and one `write`.
pub mod db;
/// Keys at rest, wrapped by the master key.
pub mod keyring;
/// Calls to addresses that applications registered, within bounds.
pub mod outbound;
/// Who acts, in which request, at what time.
pub mod context;
/// What every request and worker shares.
pub mod app;
/// What staff look for: one index of words, brought up to date before anybody searches.
pub mod search;
/// HTTP without a domain word: visitors, forms, pages, errors.
pub mod web;

// Record: what happened, and what must be told.
/// Events in the transaction of their change, chained afterwards.
pub mod audit;
/// Letters in the transaction of the fact they tell.
pub mod outbox;
/// The courier that delivers them.
pub mod mail;
/// What ends tokens, for whoever caches.
pub mod revocation;

// Domain.
/// What staff approved: facilities and their identifiers.
pub mod facility;
/// Who can sign in; the one gate in front of tokens.
pub mod account;
/// Passwords, authenticator apps, browser sessions, the power of staff.
pub mod authentication;
/// Codes that let somebody register for one approved facility.
pub mod invitation;
/// What holders state of themselves.
pub mod profile;
/// The case that gates an account, from Register to a decision.
pub mod registration;
/// Staff approve, return, deny.
pub mod approval;
/// Facility requests: many rows, each decided by itself.
pub mod roster;
/// The OpenID Provider.
pub mod oidc;
/// What spans them all: suspend, reactivate, close, rescind.
pub mod lifecycle;
/// What is kept of a person: exported whole, held for a court, erased when its time is over.
pub mod records;

// Surface: no rules of its own.
/// The portal home.
pub mod portal;
/// The review console.
pub mod staff;
/// The demo's mailbox page.
pub mod mailbox;
/// The sitemap.
pub mod router;
/// What an operator's alarms go by.
pub mod telemetry;
/// Listener and workers.
pub mod service;
/// The whole story on one machine.
pub mod demo;
/// The command line.
pub mod cli;
