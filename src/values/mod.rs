//! Values that are parsed once, at the door, and carry the proof of it in their type.

mod email;
mod phone;
mod text;
mod username;

pub use email::EmailAddress;
pub use phone::PhoneNumber;
pub use text::{Line, Problem};
pub use username::Username;
