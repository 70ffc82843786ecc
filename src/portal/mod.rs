//! The portal home: tiles of the applications an account may enter.

mod pages;

pub use pages::routes;
