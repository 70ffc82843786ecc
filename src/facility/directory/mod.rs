//! What is known of providers outside: the agency's own list and the NPPES extract. To check against, never proof by itself.

mod entry;
mod ending;
mod import;
mod read;
pub(super) mod store;

pub use ending::{Ending, EndingRefusal, EndingState, dismiss, endings, find_ending, take_ending, take_telling, untold_endings};
pub use entry::{NpiEntry, ProviderEntry, name_similarity};
pub use import::{ImportRefusal, Imported, import};
pub use store::{Import, Known, imports, known, npi, provider};
