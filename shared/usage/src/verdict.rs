//! What is said of a role and of every action it is granted.

use std::collections::BTreeSet;
use std::fmt;

use iam::{Group, catalogue::ActionSet};
use jiff::civil::Date;
use model::{CallKind, FunctionArn};
use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::doubt::{Confidence, Doubts};

use crate::evidence::Evidence;
use crate::{ActionId, Need, actions::ids};

/// One role judged over one window.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Judgement<'a> {
    /// With path.
    pub role: &'a str,
    /// What the judgement rests on.
    pub window: Window,
    /// The day of the catalogue of actions: what is newer is not known to exist.
    pub catalogue: &'static str,
    /// Every granted action in the order of the catalogue, then what is granted and does not exist.
    pub actions: Vec<Judged<'a>>,
    /// What the functions of the role need it for, one by one.
    pub functions: Vec<FunctionUse<'a>>,
    /// What was used and is granted by no policy of the role: a resource's own policy grants it.
    pub elsewhere: Vec<Elsewhere<'a>>,
    /// What Lambda needs and no policy of the role grants.
    pub missing: Vec<Need<'a>>,
    /// Patterns that grant what AWS invents tomorrow.
    pub growing: Vec<Growing<'a>>,
    /// Events that map to no action, as `source:name`: their services are kept whole.
    pub unmapped: BTreeSet<&'a str>,
    /// Actions called by sessions of the role that are no function's.
    pub foreign: BTreeSet<&'a str>,
    /// Principals besides Lambda that the role trusts: nothing should be taken from it unasked.
    pub trusts_others: bool,
    /// Why a part of a function's configuration is not known.
    pub unknown: BTreeSet<&'a str>,
    /// Every action that stays, with what it stays for.
    #[serde(skip)]
    pub(crate) kept: Kept,
    /// The calls that the verdicts rest on.
    #[serde(skip)]
    pub(crate) evidence: Evidence<'a>,
    /// What Lambda needs and is granted.
    #[serde(skip)]
    pub(crate) needs: Vec<Need<'a>>,
    /// What is granted, and how.
    #[serde(skip)]
    pub(crate) groups: Vec<Group<'a>>,
}

/// The granted actions by what becomes of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kept {
    /// Used, over-broad or not.
    pub(crate) used: ActionSet,
    /// Needed by Lambda alone.
    pub(crate) needed: ActionSet,
    /// Cannot be told.
    pub(crate) unverifiable: ActionSet,
    /// Denied though granted.
    pub(crate) denied: ActionSet,
    /// Actions whose resources are all known: they may be narrowed to them.
    pub(crate) narrow: ActionSet,
    /// Lambda may need it, nobody knows on what.
    pub(crate) unclear: ActionSet,
    /// Whatever function of the role ran, in whatever Region, would have been seen.
    pub(crate) whole: bool,
}

impl Kept {
    pub(crate) fn add(&mut self, id: ActionId, verdict: Verdict) {
        let set = match verdict {
            Verdict::Used | Verdict::OverBroad { .. } => &mut self.used,
            Verdict::NeededByLambda => &mut self.needed,
            Verdict::Unverifiable { .. } => &mut self.unverifiable,
            Verdict::AttemptedDenied => &mut self.denied,
            Verdict::Unused | Verdict::Ineffective { .. } | Verdict::Invalid => return,
        };
        set.add_index(id.index());
    }
}

/// What a judgement rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Window {
    /// First day, UTC.
    pub from: Date,
    /// Last day, included.
    pub to: Date,
    /// Days from the first to the last.
    pub days: u32,
    /// Days among them whose logs were read without loss.
    pub seen: u32,
    /// Days that are asked for.
    pub target: u32,
}

/// One granted action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Judged<'a> {
    /// Its name.
    pub action: Name<'a>,
    /// What is said of it.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// How sure that is; `None` where it says that it cannot tell.
    pub confidence: Option<Confidence>,
    /// What keeps it from being surer.
    pub doubts: Doubts,
}

/// The name of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(untagged)]
pub enum Name<'a> {
    /// The catalogue has it.
    Known(ActionId),
    /// The catalogue has nothing that matches: as the policy writes it.
    Written(&'a str),
}

/// What is said of one granted action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
pub enum Verdict {
    /// It was used.
    Used,
    /// It was used on few resources and is granted on more.
    OverBroad {
        /// On how many.
        resources: u32,
    },
    /// Lambda itself needs it, used or not.
    NeededByLambda,
    /// Everything that could have shown a use was on, and showed none.
    Unused,
    /// Nobody can tell whether it is used.
    Unverifiable {
        /// Why not.
        reason: Reason,
    },
    /// It was tried and refused each time, though the role's policies grant it.
    AttemptedDenied,
    /// A statement grants it, and something else takes it away.
    Ineffective {
        /// What does.
        reason: Masked,
    },
    /// No such action exists, as far as the catalogue knows.
    Invalid,
}

/// Why nobody can tell whether an action is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// Its calls are data events, which are not recorded for every resource.
    DataEventsOff,
    /// CloudTrail never records it.
    NeverLogged,
    /// The trail leaves the service out.
    SourceExcluded,
    /// The trail does not record management events that read, or may not.
    ReadsExcluded,
    /// The trail does not record management events that write, or may not.
    WritesExcluded,
    /// The trail does not see every Region in which it is granted.
    Region,
    /// A call to the service was seen that maps to no action.
    Unmapped,
    /// Too few days were seen.
    Window,
    /// It is no call but a permission that other calls ask for.
    PermissionOnly,
    /// Lambda may need it: a part of a function's configuration is not known.
    ConfigurationUnknown,
    /// The role is younger than the days of grace.
    YoungRole,
    /// A policy that grants it is younger than the days of grace.
    NewGrant,
    /// A function of the role runs too seldom for the window.
    RareSchedule,
    /// Whether its calls are recorded is not known.
    Unclassified,
    /// The role used it, and which function did is not known.
    Unattributed,
}

/// What takes a granted action away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Masked {
    /// The action works on no resource the statement names.
    ResourceType,
    /// The statement's own `NotResource` leaves nothing of it.
    Excluded,
    /// A `Deny` takes all of it.
    Denied,
    /// The permissions boundary does not allow it.
    Boundary,
    /// A service control policy does not allow it.
    OrganizationPolicy,
}

/// What one function uses of the role, and what Lambda needs it for on its behalf.
#[derive(Clone, Debug)]
pub struct FunctionUse<'a> {
    /// Unqualified.
    pub function: &'a FunctionArn,
    /// Granted actions that its code used.
    pub used: ActionSet,
    /// Granted actions that Lambda needs for it.
    pub needed: ActionSet,
    /// Granted actions that Lambda may need for it: its configuration is not known.
    pub unclear: ActionSet,
    /// Granted actions that were refused each time it tried.
    pub denied: ActionSet,
    /// Granted actions used by nobody knows which function.
    pub unattributed: ActionSet,
}

impl<'a> FunctionUse<'a> {
    pub(crate) fn new(function: &'a FunctionArn, unclear: ActionSet) -> Self {
        let none = ActionSet::new;
        let (used, needed, denied, unattributed) = (none(), none(), none(), none());
        Self { function, used, needed, unclear, denied, unattributed }
    }
}

impl<'a> Judged<'a> {
    pub(crate) fn new(action: Name<'a>, verdict: Verdict, doubts: Doubts) -> Self {
        let unsure = matches!(verdict, Verdict::Unverifiable { .. });
        let confidence = (!unsure).then(|| doubts.confidence());
        Self { action, verdict, confidence, doubts }
    }
}

impl Serialize for FunctionUse<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("function", self.function)?;
        for (name, actions) in [
            ("used", &self.used),
            ("needed-by-lambda", &self.needed),
            ("configuration-unknown", &self.unclear),
            ("attempted-denied", &self.denied),
            ("unattributed", &self.unattributed),
        ] {
            map.serialize_entry(name, &ids(actions).collect::<Vec<_>>())?;
        }
        map.end()
    }
}

/// A use that no policy of the role allows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Elsewhere<'a> {
    /// E.g. `s3:GetObject`.
    pub action: &'a str,
    /// Who called.
    pub kind: CallKind,
    /// In which Region.
    pub region: &'a str,
}

/// A pattern of actions that will match more as AWS adds to its services.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Growing<'a> {
    /// Name of the policy.
    pub policy: &'a str,
    /// Statement, from 0.
    pub statement: usize,
    /// E.g. `s3:*`; the whole of a `NotAction` is `*`.
    pub pattern: &'a str,
    /// Actions it matches today.
    pub actions: usize,
}

impl Reason {
    /// As a piece of a sentence.
    pub fn words(self) -> &'static str {
        match self {
            Self::DataEventsOff => "data events are not recorded for every resource",
            Self::NeverLogged => "CloudTrail never records them",
            Self::SourceExcluded => "the trail leaves the service out",
            Self::ReadsExcluded => "the trail is not known to record reads",
            Self::WritesExcluded => "the trail is not known to record writes",
            Self::Region => "the trail does not see every Region",
            Self::Unmapped => "the service was called in a way that maps to no action",
            Self::Window => "too few days were seen",
            Self::PermissionOnly => "they are no calls",
            Self::ConfigurationUnknown => "Lambda may need them, the configuration is not known",
            Self::YoungRole => "the role is new",
            Self::NewGrant => "the policy is new",
            Self::RareSchedule => "the function runs too seldom",
            Self::Unclassified => "whether they are recorded is not known",
            Self::Unattributed => "which function used them is not known",
        }
    }
}

impl Verdict {
    /// Whether a proposal leaves the action out.
    pub fn is_removable(self) -> bool {
        matches!(self, Self::Unused | Self::Ineffective { .. } | Self::Invalid)
    }
}

impl Name<'_> {
    /// The prefix, e.g. `s3`.
    pub fn service(&self) -> &str {
        match self {
            Self::Known(id) => id.service(),
            Self::Written(text) => text.split_once(':').map_or(text, |(service, _)| service),
        }
    }
}

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(id) => fmt::Display::fmt(id, f),
            Self::Written(text) => f.write_str(text),
        }
    }
}
