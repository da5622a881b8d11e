//! What the Lambdas share: their configuration, the queue's batches, metrics.

mod config;
mod digest;
mod metrics;
mod night;
mod queue;
mod remediate;
mod sweep;

pub use config::{Config, ConfigError};
pub use digest::{Order, Places, diagnose, summary};
pub use metrics::Metrics;
pub use night::{
    ItemOfNight, NightConfig, StateError, Task, missed, night_metrics, planned, summed_up,
};
pub use queue::{answer, messages};
pub use remediate::{Click, ClickAction, Errand, RepairConfig, RepairTask};
pub use remediate::{order_repairs, start_repairs};
pub use sweep::{broken, sweep, swept};
