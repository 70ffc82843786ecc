//! Gatehouse, the code map: one sentence a module, in dependency order. A module uses only modules above it, and a test
//! reads every `use crate::` to hold it to that; so reading downward is the tour (`docs/tour.md`).

// Kernel: knows no domain word.
/// What every request and worker shares.
pub mod app;
/// Time, as a value that is passed in.
pub mod clock;
/// One typed struct from a file and variables, with every problem listed at once.
pub mod config;
/// Who acts, in which request, at what time.
pub mod context;
/// SQLite and PostgreSQL behind one `read` and one `write`.
pub mod db;
/// argon2id, bounded in parallel.
pub mod hashing;
/// Typed identifiers and enums that both databases store.
pub mod ids;
/// Keys at rest, wrapped by the master key.
pub mod keyring;
/// Randomness, tokens, hashes.
pub mod secret;
/// What replicas share: rate limits, delays, things seen once.
pub mod shared;
/// Addresses, telephone numbers, usernames: parsed once, at the door.
pub mod values;
/// HTTP without a domain word: visitors, forms, pages, errors.
pub mod web;
/// Every word a person reads, from the catalogues in `locales/`.
pub mod words;

// Record: what happened, and what must be told.
/// Events in the transaction of their change, chained afterwards.
pub mod audit;
/// The courier that delivers them.
pub mod mail;
/// Letters in the transaction of the fact they tell.
pub mod outbox;
/// What ends tokens, for whoever caches.
pub mod revocation;

// Domain.
/// Who can sign in; the one gate in front of tokens.
pub mod account;
/// Staff approve, return, deny.
pub mod approval;
/// Passwords, authenticator apps, browser sessions, the power of staff.
pub mod authentication;
/// What staff approved: facilities and their identifiers.
pub mod facility;
/// What spans them all: suspend, reactivate, rescind.
pub mod lifecycle;
/// The OpenID Provider.
pub mod oidc;
/// What holders state of themselves.
pub mod profile;
/// The case that gates an account, from Register to a decision.
pub mod registration;

// Surface: no rules of its own.
/// The command line.
pub mod cli;
/// The whole story on one machine.
pub mod demo;
/// The demo's mailbox page.
pub mod mailbox;
/// The portal home.
pub mod portal;
/// The sitemap.
pub mod router;
/// Listener and workers.
pub mod service;
/// The review console.
pub mod staff;
