//! What an operator sees from outside: metrics, and traces where the build has them.

mod metrics;
#[cfg(feature = "otlp")]
mod traces;

pub use metrics::{install, keep_up, router};
#[cfg(feature = "otlp")]
pub use traces::{flush, layer};
