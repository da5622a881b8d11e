use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use model::{FunctionArn, Severity};
use serde::{Deserialize, Serialize};

/// What is known of an organisation's functions at one moment, and what is not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Posture {
    /// When it was put together.
    pub at: Timestamp,
    /// Accounts and Regions that were read.
    pub places: Vec<Place>,
    /// The rules that the findings name, by id.
    pub rules: BTreeMap<String, Rule>,
    /// Violations, exempt ones among them, and what could not be told.
    pub findings: Vec<Finding>,
    /// What was not read, and why.
    pub gaps: Vec<Gap>,
    /// Earlier nights, the oldest first.
    #[serde(default)]
    pub history: Vec<Night>,
    /// Roles judged by what they were used for; none where no ledger was given.
    #[serde(default)]
    pub roles: Vec<Role>,
}

/// An account in a Region that was read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Place {
    /// Twelve digits.
    pub account: String,
    /// `eu-west-1`
    pub region: String,
    /// Functions that were judged.
    pub functions: u64,
    /// Judgements that passed.
    pub passed: u64,
}

/// A rule as readers of a finding want it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Rule {
    /// One sentence, no final full stop.
    pub title: String,
    /// What an attacker or an outage gains.
    pub why: String,
    /// What to change.
    pub fix: String,
    /// Where to read on.
    pub source: Option<String>,
    /// `NIST.800-53.r5 AC-6`
    pub requirements: Vec<String>,
}

/// What one rule said of one function, where it was not content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Finding {
    /// Id of the rule.
    pub rule: String,
    /// By the baseline, else the rule's own.
    pub severity: Severity,
    /// The function; its account, Region and name are in it.
    pub function: FunctionArn,
    /// Whom the function's tags name as its owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// A violation, or nothing that can be told.
    pub status: Status,
    /// When it was first seen, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_seen: Option<Timestamp>,
    /// What was seen and where, or why nothing was.
    pub evidence: String,
    /// The opt-out in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exemption: Option<Exemption>,
}

/// What a rule said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It failed.
    Failed,
    /// It could not see.
    Unknown,
}

/// An opt-out that holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Exemption {
    /// The last day on which it holds, UTC.
    pub until: Date,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Where it was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
}

/// Something that was not read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Gap {
    /// `111122223333/eu-west-1`, a function's ARN, or in words what else.
    pub of: String,
    /// In words, no final full stop.
    pub why: String,
}

/// Violations of an earlier night by severity, exempt ones left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Night {
    /// Name of the night.
    pub night: Date,
    /// How many.
    pub violations: BTreeMap<Severity, u64>,
}

/// A role: what it is granted, and what becomes of it.
///
/// The numbers do not add up where something is granted that does not exist, is taken away again,
/// or was refused each time it was tried.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Role {
    /// With path.
    pub role: String,
    /// Actions granted.
    pub granted: u64,
    /// Used, or needed by Lambda itself.
    pub used: u64,
    /// Not used in the window.
    pub unused: u64,
    /// Of which it cannot be told.
    pub unverifiable: u64,
}

/// Keys of the tags that name an owner, in order of preference; the case does not matter.
pub const OWNER_TAGS: [&str; 2] = ["owner", "team"];

/// Whom `tags` name as the owner.
pub fn owner(tags: &BTreeMap<String, String>) -> Option<&str> {
    let of = |wanted: &&str| tags.iter().find(|(key, _)| key.eq_ignore_ascii_case(wanted));
    let named = OWNER_TAGS.iter().filter_map(of).map(|(_, value)| value.trim());
    named.into_iter().find(|value| !value.is_empty())
}

impl Posture {
    /// Puts everything in the order it is read in: the worst first, then by rule and function.
    ///
    /// Of what is told of one role in several Regions, that which would take the least from it
    /// stands: each knows its own functions alone.
    pub fn sort(&mut self) {
        self.findings.sort_by(|a, b| a.order().cmp(&b.order()));
        self.places.sort();
        self.gaps.sort();
        self.gaps.dedup();
        self.history.sort_by_key(|one| one.night);
        self.roles.sort_by(|a, b| {
            (&a.role, a.unused, b.used).cmp(&(&b.role, b.unused, a.used)).then_with(|| a.cmp(b))
        });
        self.roles.dedup_by(|later, first| later.role == first.role);
        self.roles.sort_by(|a, b| b.unused.cmp(&a.unused).then_with(|| a.role.cmp(&b.role)));
    }

    /// Violations nobody opted out of.
    pub fn violations(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|one| one.is_open())
    }

    /// Violations nobody opted out of, counted by severity.
    pub fn by_severity(&self) -> BTreeMap<Severity, u64> {
        let mut counts = BTreeMap::new();
        self.violations().for_each(|one| *counts.entry(one.severity).or_default() += 1);
        counts
    }

    /// What is known of a rule; a finding may outlive it, and then nothing is.
    pub(crate) fn rule(&self, id: &str) -> Rule {
        let unknown = || Rule { title: id.to_owned(), ..Rule::default() };
        self.rules.get(id).cloned().unwrap_or_else(unknown)
    }

    /// Functions that were judged.
    pub(crate) fn functions(&self) -> u64 {
        self.places.iter().map(|place| place.functions).sum()
    }
}

impl Finding {
    /// A violation nobody opted out of.
    pub fn is_open(&self) -> bool {
        self.status == Status::Failed && self.exemption.is_none()
    }

    /// The same for the same rule and function, for ever.
    pub(crate) fn id(&self) -> String {
        format!("{}/{}", self.function, self.rule)
    }

    /// `failed`, `exempt` or `unknown`.
    pub(crate) fn word(&self) -> &'static str {
        match (self.status, &self.exemption) {
            (Status::Unknown, _) => "unknown",
            (Status::Failed, Some(_)) => "exempt",
            (Status::Failed, None) => "failed",
        }
    }

    fn order(&self) -> impl Ord {
        let kind = (self.status, self.exemption.is_some());
        (kind, std::cmp::Reverse(self.severity), &self.rule, &self.function)
    }
}
