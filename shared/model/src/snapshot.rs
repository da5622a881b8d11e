use std::{collections::BTreeMap, sync::Arc};

use iam::Policy;
use jiff::Timestamp;
use secrets::Value;
use serde::{Deserialize, Serialize};

use crate::{Fact, FunctionArn, Network, Operation, RoleState, RoleUsage, RoleUser, Survey};

/// One function with everything the rules may ask, as it stood at one moment.
///
/// Values of environment variables are never here: the adapter keeps what [`secrets::classify`]
/// says of each and drops the value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// Unqualified.
    pub arn: FunctionArn,
    /// When the first fact was read. A later snapshot wins over an earlier one.
    pub read_at: Timestamp,
    /// When what only calls about this one function can tell was read, where it was remembered
    /// from an earlier run.
    #[serde(default)]
    pub remembered: Option<Timestamp>,
    /// Plain settings, for the finding's resource details.
    pub settings: Settings,
    /// What executes the code of `$LATEST`.
    pub runtime: Fact<Runtime>,
    /// When Lambda applies patch releases of the runtime to `$LATEST`.
    pub runtime_update: Fact<RuntimeUpdate>,
    /// Variables and the key they rest under.
    pub environment: Fact<Environment>,
    /// The key that `environment.key` names; `None` where it names none.
    pub key: Fact<Option<Key>>,
    /// Function tags.
    pub tags: Fact<BTreeMap<String, String>>,
    /// Who may invoke the unqualified function.
    pub exposure: Exposure,
    /// Published versions and aliases.
    pub qualifiers: Fact<Vec<Qualifier>>,
    /// Layer version ARNs, in order.
    pub layers: Fact<Vec<String>>,
    /// Where events and errors of asynchronous invocations and event sources are sent.
    pub destinations: Fact<Vec<Destination>>,
    /// The execution role.
    pub role: Fact<RoleState>,
    /// Every function of the account and Region that names the same role, this one included.
    pub role_users: Fact<Arc<Vec<RoleUser>>>,
    /// `None` where the function is outside any VPC.
    pub network: Fact<Option<Network>>,
    /// The calls made with the role, and how much of them could be seen.
    pub usage: Fact<Arc<RoleUsage>>,
    /// How it runs, and what feeds it.
    pub operation: Operation,
    /// What only a look at the whole place tells.
    pub survey: Survey,
}

/// Settings of `$LATEST` that rules do not judge but readers of a finding want to see.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// ARN of the execution role as the function names it.
    pub role: Option<String>,
    /// `Handler`.
    pub handler: Option<String>,
    /// Seconds.
    pub timeout: Option<i32>,
    /// MB.
    pub memory: Option<i32>,
    /// Base64 of the package's SHA-256.
    pub code_sha256: Option<String>,
    /// As Lambda prints it: `2026-08-22T10:00:00.000+0000`.
    pub last_modified: Option<String>,
    /// Changes with every update of `$LATEST`.
    pub revision_id: Option<String>,
    /// `x86_64` or `arm64`.
    pub architectures: Vec<String>,
    /// `Active` or `PassThrough`.
    pub tracing: Option<String>,
    /// Target of `DeadLetterConfig`.
    pub dead_letter: Option<String>,
}

/// What executes the code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Runtime {
    /// A managed runtime, by Lambda's identifier (`python3.13`).
    Managed(String),
    /// A container image: Lambda patches nothing and names no runtime.
    Image,
}

/// When Lambda applies patch releases of a managed runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuntimeUpdate {
    /// As they come.
    Auto,
    /// With the next update of the function.
    FunctionUpdate,
    /// Never: one patch release is pinned.
    Manual,
}

/// Environment variables by name, with what each value is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// `KMSKeyArn`; `None` means the AWS managed key.
    pub key: Option<String>,
    /// Unknown where Lambda answered with `Environment.Error` instead of values.
    pub variables: Fact<BTreeMap<String, Value>>,
}

/// A KMS key as `DescribeKey` tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// ARN of the key itself, never of an alias.
    pub arn: String,
    /// Who manages it.
    pub manager: KeyManager,
    /// `Enabled`, `Disabled`, `PendingDeletion`, `PendingImport`, `Unavailable`, …; `Deleted` where
    /// KMS knows it no more.
    pub state: String,
}

/// Who manages a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyManager {
    /// `aws/lambda` and its kin: no key policy of the customer's.
    Aws,
    /// A customer managed key.
    Customer,
}

/// Who may invoke one qualifier, or the function itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exposure {
    /// The resource policy, `None` where there is none.
    pub policy: Fact<Option<Policy>>,
    /// The function URL. Read only where a policy lets someone use it: see
    /// `rules::url_matters`.
    pub url: Fact<Option<Url>>,
}

/// A function URL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Url {
    /// `AuthType` is `NONE`: callers need not sign.
    pub unsigned: bool,
    /// `Cors.AllowOrigins`; empty where CORS is not set.
    pub origins: Vec<String>,
    /// `Cors.AllowCredentials`.
    pub credentials: bool,
}

/// A published version or an alias.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Qualifier {
    /// `7` or `live`.
    pub name: String,
    /// Version or alias.
    pub kind: QualifierKind,
    /// Who may invoke it.
    pub exposure: Exposure,
}

/// What a qualifier is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum QualifierKind {
    /// A published version: immutable.
    Version {
        /// What executes it.
        runtime: Runtime,
    },
    /// An alias.
    Alias {
        /// The versions that get traffic, the main one first.
        versions: Vec<String>,
    },
}

/// A place that Lambda sends events to on the function's behalf.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Destination {
    /// What is sent there.
    pub kind: DestinationKind,
    /// The qualifier it is configured on; `None` for the function itself.
    pub qualifier: Option<String>,
    /// ARN of the queue, topic, bucket, bus or function.
    pub arn: String,
}

/// What is sent to a destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DestinationKind {
    /// `DeadLetterConfig`: the event alone.
    DeadLetter,
    /// Asynchronous invocation that succeeded: event and answer.
    OnSuccess,
    /// Asynchronous invocation that failed: event and error.
    OnFailure,
    /// Batch of an event source that failed.
    EventSource,
}
