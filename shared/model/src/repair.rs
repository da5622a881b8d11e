use serde::{Deserialize, Serialize};

/// Whether a rule's failures are repaired.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RepairMode {
    /// Never.
    #[default]
    Off,
    /// When somebody asks for it, on the finding or the command line.
    OnRequest,
    /// Announced in the finding, and done after the grace period unless somebody objects.
    Auto,
}

/// With what, and how patiently, functions are repaired.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RepairPolicy {
    /// Id or `alias/…` of the key for variables, looked up in each account and Region.
    pub key: Option<String>,
    /// Name of the queue, in each account and Region, for events that fail.
    pub failure_queue: Option<String>,
    /// Days that log groups shall keep events: one of the numbers CloudWatch Logs takes.
    pub log_retention_days: u32,
    /// Concurrent executions to reserve for a function.
    pub reserved_concurrency: Option<u32>,
    /// Hours between the announcement of an automatic repair and the repair.
    pub grace_hours: u32,
    /// Hours after which a plan is too old to be carried out, counted from the end of the grace.
    pub longest_hours: u32,
    /// Days for which a repaired function is watched at least.
    pub watch_days: u32,
}

impl Default for RepairPolicy {
    fn default() -> Self {
        Self {
            key: None,
            failure_queue: None,
            log_retention_days: 365,
            reserved_concurrency: None,
            grace_hours: 24,
            longest_hours: 24,
            watch_days: 7,
        }
    }
}
