//! What CloudTrail shows of one role's calls, and how much it could see.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::{Fact, FunctionArn};

/// The calls made with one role in a window of days, and what the trail could see of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleUsage {
    /// First day of the window, UTC.
    pub from: Date,
    /// Last day of the window, included.
    pub to: Date,
    /// What the trail could see, by Region.
    pub coverage: BTreeMap<String, Coverage>,
    /// Whether the trail records every Region. `None`: its settings are not known.
    pub all_regions: Option<bool>,
    /// Every call seen, of whichever function of the role.
    pub calls: Vec<Call>,
    /// The second witness: by service prefix, the last day the role tried to use the service;
    /// `None` where it did not within the tracking period of at least 400 days.
    pub last_accessed: Fact<BTreeMap<String, Option<Date>>>,
}

/// What the logs of one Region could show over the window.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Coverage {
    /// Days of the window that were digested.
    pub days: u32,
    /// Days among them of which some file or record could not be read.
    pub damaged_days: u32,
    /// Whether management events that read are recorded.
    pub reads: Seen,
    /// Whether management events that write are recorded.
    pub writes: Seen,
    /// Event sources the trail leaves out, e.g. `kms.amazonaws.com`.
    pub excluded: BTreeSet<String>,
    /// CloudTrail resource types whose data events are recorded for every resource on every
    /// digested day, e.g. `AWS::S3::Object`.
    pub data: BTreeSet<String>,
    /// The same by the newest settings that are known, whatever was seen; `None` where none are.
    pub newest: Option<BTreeSet<String>>,
    /// Event sources of which at least one event was seen, of whichever caller.
    pub sources: BTreeSet<String>,
}

/// Whether something is recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Seen {
    /// By the trail's settings, or because such events were seen.
    Yes,
    /// The trail's settings leave it out, on at least one day.
    No,
    /// The settings are not known and nothing of the kind was seen.
    #[default]
    Unclear,
}

/// Calls of one kind: the unit that is counted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Call {
    /// Whose code called; `None` where the role is known and the function is not.
    pub function: Option<FunctionArn>,
    /// The version or alias the credentials were issued to.
    pub qualifier: Option<String>,
    /// How `function` was found.
    pub attribution: Attribution,
    /// Who caused the call.
    pub kind: CallKind,
    /// IAM action, e.g. `s3:GetObject`; `None` where the event maps to no action we know.
    pub action: Option<String>,
    /// Event source and name as recorded: `s3.amazonaws.com:GetObject`.
    pub event: String,
    /// What came of it.
    pub outcome: CallOutcome,
    /// `awsRegion` of the events.
    pub region: String,
    /// On what.
    pub on: CalledOn,
    /// Time of the first call.
    pub first: Timestamp,
    /// Time of the last call.
    pub last: Timestamp,
    /// Calls.
    pub count: u64,
}

/// How the function behind a call was found, the surest way first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Attribution {
    /// `userIdentity.inScopeOf.credentialsIssuedTo`.
    InScopeOf,
    /// The user agent names Lambda's execution environment, and the session is named after the
    /// function.
    UserAgent,
    /// The session is named after a function.
    Session,
    /// None of these.
    Nothing,
}

/// Who caused a call made with a function's role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CallKind {
    /// The function's code.
    Code,
    /// An AWS service on the code's behalf with the role's permissions (forward access session).
    Forwarded,
    /// Lambda itself, to run the function: log streams, network interfaces, traces.
    Platform,
    /// Lambda's event source pollers.
    Poller,
    /// Not recorded by CloudTrail; follows from another call, as `iam:PassRole` from
    /// `CreateFunction`.
    Inferred,
    /// Authorised by a grant and not by the role: Lambda decrypting the variables.
    Granted,
    /// A session of the role that is no function's: a person, another service, a thief.
    Foreign,
}

/// What came of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CallOutcome {
    /// It was allowed: it succeeded, or failed for another reason than permission.
    Ok,
    /// It was refused for want of permission.
    Denied,
    /// It failed in a way that does not say whether it was allowed.
    Unclear,
}

/// The resources of the calls counted together.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CalledOn {
    /// ARNs. Where there were too many, one text with a final `*` that covers them.
    pub arns: BTreeSet<String>,
    /// Of at least one call the resource is not known: nothing may be narrowed by `arns`.
    pub unknown: bool,
}

impl RoleUsage {
    /// IAM prefixes of the services that `function` itself was seen to call with success.
    pub fn services_of(&self, function: &FunctionArn) -> BTreeSet<&str> {
        let used = |call: &&Call| {
            call.function.as_ref() == Some(function)
                && matches!(call.kind, CallKind::Code | CallKind::Forwarded)
                && call.outcome != CallOutcome::Denied
        };
        let actions = self.calls.iter().filter(used).filter_map(|call| call.action.as_deref());
        actions.filter_map(|action| action.split_once(':')).map(|(service, _)| service).collect()
    }
}
