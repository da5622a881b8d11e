//! The plain facts that rules judge. Nothing here names an AWS SDK, tokio or the clock.

mod arn;
mod baseline;
mod fact;
mod network;
mod operation;
mod repair;
mod role;
mod snapshot;
mod survey;
mod usage;
mod verdict;

pub use arn::{
    BadArn, FunctionArn, account_of, is_account, name_of, partition_of, region_of, service_of,
};
pub use baseline::{
    Baseline, ExemptionPolicy, Organization, Parameter, RuleSettings, Setting, SettingKind,
};
pub use fact::{Fact, Gap};
pub use network::{DefaultRoute, EgressRule, Endpoint, FlowLog, Network, SecurityGroup, Subnet};
pub use operation::{Configuration, Operation, Source};
pub use repair::{RepairMode, RepairPolicy};
pub use role::{EventSource, NamedPolicy, Needs, Origin, Role, RoleState, RoleUser};
pub use snapshot::{
    Destination, DestinationKind, Environment, Exposure, Key, KeyManager, Qualifier, QualifierKind,
    Runtime, RuntimeUpdate, Settings, Snapshot, Url,
};
pub use survey::{Alarm, LogGroup, Memory, Metrics, Provisioned, Schedule, Survey};
pub use usage::{Attribution, Call, CallKind, CallOutcome, CalledOn, Coverage, RoleUsage, Seen};
pub use verdict::{Calendar, Context, Evidence, Outcome, RuntimeLife, Severity, Verdict};
