use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Fact;

/// How a function runs, and what feeds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    /// What `ListFunctions` and `GetFunctionConfiguration` tell of `$LATEST`.
    pub configuration: Fact<Configuration>,
    /// Event source mappings, switched off or not.
    pub sources: Fact<Vec<Source>>,
    /// Bytes of the package of each published version, by its number.
    pub versions: Fact<BTreeMap<String, u64>>,
}

/// What Lambda tells of `$LATEST`. What an answer leaves out stands here as Lambda documents it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Configuration {
    /// Seconds.
    pub timeout: u32,
    /// MB.
    pub memory: u32,
    /// `/tmp` in MB.
    pub storage: u32,
    /// Bytes of the package as uploaded, without layers. Of a container image Lambda tells nothing.
    pub code_size: u64,
    /// `x86_64` or `arm64`.
    pub architecture: String,
    /// `TracingConfig.Mode` is `Active`.
    pub tracing: bool,
    /// `LoggingConfig.LogFormat` is `JSON`.
    pub json_logs: bool,
    /// `LoggingConfig.LogGroup`, `/aws/lambda/<name>` unless set.
    pub log_group: String,
    /// `SnapStart.ApplyOn` is `PublishedVersions`.
    pub snap_start: bool,
    /// Target of `DeadLetterConfig`.
    pub dead_letter: Option<String>,
    /// `LastModified`: when code or configuration last changed.
    pub changed: Timestamp,
}

/// An event source mapping: a queue or stream that Lambda polls for the function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Queue, stream, cluster or broker; `None` for self-managed Kafka.
    pub arn: Option<String>,
    /// Not `Disabled` or being so.
    pub enabled: bool,
    /// `DestinationConfig.OnFailure`.
    pub on_failure: Option<String>,
    /// `MaximumRetryAttempts`; `None` where it is -1: until the records expire.
    pub retries: Option<u32>,
    /// `MaximumRecordAgeInSeconds`; `None` where it is -1: until the records expire.
    pub longest_age: Option<u32>,
    /// `BisectBatchOnFunctionError`.
    pub bisects: bool,
    /// `MaximumBatchingWindowInSeconds`.
    #[serde(default)]
    pub window: u32,
}

impl Operation {
    /// Every fact unknown, for the same reason.
    pub fn unknown(why: &str) -> Self {
        fn fact<T>(why: &str) -> Fact<T> {
            Fact::unknown(why)
        }
        Self { configuration: fact(why), sources: fact(why), versions: fact(why) }
    }
}
