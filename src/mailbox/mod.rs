//! The mailbox page, which stands in for mail and phone in the demo and does not exist anywhere else.

mod pages;

pub use pages::routes;
