use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Fact;

/// What is told of a function only where its whole account and Region is looked at, by calls that
/// serve many functions at once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Survey {
    /// Where it logs; `None` where that group does not exist.
    pub log_group: Fact<Option<LogGroup>>,
    /// Alarms on Lambda's metrics of this function, or of all functions together.
    pub alarms: Fact<Vec<Alarm>>,
    /// Visibility timeouts in seconds of the queues that feed it, by ARN.
    pub queues: BTreeMap<String, Fact<u32>>,
    /// Reserved concurrency; `None` where nothing is reserved.
    pub reserved: Fact<Option<u32>>,
    /// ARN of the code signing configuration; `None` where there is none.
    pub signing: Fact<Option<String>>,
    /// Provisioned concurrency of versions and aliases.
    pub provisioned: Fact<Vec<Provisioned>>,
    /// Rules of EventBridge that call it every few minutes.
    pub schedules: Fact<Vec<Schedule>>,
    /// Active findings of Access Analyzer on who outside may assume its role; `None` where there is
    /// no analyzer.
    pub external: Fact<Option<u32>>,
    /// What CloudWatch measured.
    pub metrics: Metrics,
}

/// A log group of CloudWatch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogGroup {
    /// Days; `None` where events are kept for ever.
    pub retention: Option<u32>,
}

/// An alarm of CloudWatch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alarm {
    /// Its name.
    pub name: String,
    /// Name of the metric, as `Errors`.
    pub metric: String,
    /// Whether it does something when it goes off, or a composite alarm made of it does.
    pub acts: bool,
}

/// Provisioned concurrency of a version or an alias.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provisioned {
    /// `7` or `live`.
    pub qualifier: String,
    /// When it was set as it is.
    pub changed: Timestamp,
    /// The highest `ProvisionedConcurrencyUtilization`, from 0 to 1.
    pub most: Fact<f64>,
}

/// A rule of EventBridge that calls the function again and again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Its name.
    pub rule: String,
    /// Between two calls.
    pub minutes: u32,
    /// Name or input speak of warming. The input itself is dropped where it is read.
    pub warms: bool,
}

/// What CloudWatch measured of a function. AWS writes no zeros: no data is nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    /// `Invocations` of a quarter.
    pub invocations: Fact<u64>,
    /// The highest p99 of `Duration` of a day, in milliseconds; `None` where nothing ran.
    pub duration: Fact<Option<f64>>,
    /// No more copies than these were busy in the quietest hour, on average of that hour.
    pub busy: Fact<f64>,
    /// By Lambda Insights; `None` where that tells nothing of the function.
    pub memory: Fact<Option<Memory>>,
}

/// Memory that was used, in percent of what the function has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Memory {
    /// The highest p95 of a day.
    pub p95: f64,
    /// The highest of all.
    pub most: f64,
}

impl Survey {
    /// Every fact unknown, for the same reason.
    pub fn unknown(why: &str) -> Self {
        Self {
            log_group: Fact::unknown(why),
            alarms: Fact::unknown(why),
            queues: BTreeMap::new(),
            reserved: Fact::unknown(why),
            signing: Fact::unknown(why),
            provisioned: Fact::unknown(why),
            schedules: Fact::unknown(why),
            external: Fact::unknown(why),
            metrics: Metrics::unknown(why),
        }
    }
}

impl Metrics {
    /// Every fact unknown, for the same reason.
    pub fn unknown(why: &str) -> Self {
        Self {
            invocations: Fact::unknown(why),
            duration: Fact::unknown(why),
            busy: Fact::unknown(why),
            memory: Fact::unknown(why),
        }
    }
}
