//! What the Lambdas share: their configuration, the queue's batches, metrics.

mod config;
mod digest;
mod metrics;
mod queue;

pub use config::{Config, ConfigError};
pub use digest::{Order, Places, diagnose, summary};
pub use metrics::Metrics;
pub use queue::{answer, messages};
