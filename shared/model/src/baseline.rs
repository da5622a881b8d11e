use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{RepairMode, RepairPolicy, Severity};

/// What this organisation asks of its functions. Read from `infra/baseline.toml`.
///
/// `rules::baseline::parse` reads and checks it; an unknown rule or parameter is an error there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Baseline {
    /// Whom the organisation trusts.
    pub organization: Organization,
    /// Which opt-outs count.
    pub exemptions: ExemptionPolicy,
    /// With what functions are repaired.
    pub repair: RepairPolicy,
    /// Settings by rule id; a rule that is not named keeps its own.
    pub rules: BTreeMap<String, RuleSettings>,
}

/// Whom the organisation trusts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Organization {
    /// `o-…`; a grant limited to it is not public.
    pub id: Option<String>,
    /// Accounts of the organisation.
    pub accounts: BTreeSet<String>,
    /// Accounts of it that are not looked at; an exclusion is a decision, and no coverage gap.
    pub exclude_accounts: BTreeSet<String>,
    /// Accounts outside it that may be granted access, e.g. of a vendor.
    pub trusted_accounts: BTreeSet<String>,
    /// Accounts that publish layers we accept. AWS's own are known.
    pub layer_accounts: BTreeSet<String>,
}

/// Which opt-out tags count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ExemptionPolicy {
    /// An exemption may end at most this many days from today.
    pub longest_days: u32,
    /// Fields the tag's value must have, of `until`, `by`, `ticket`.
    pub required: BTreeSet<String>,
    /// Rules that can never be exempted.
    pub never: BTreeSet<String>,
    /// Whether `warden:allow:all` counts.
    pub allow_all: bool,
}

impl Default for ExemptionPolicy {
    fn default() -> Self {
        Self {
            longest_days: 365,
            required: ["until", "by"].map(str::to_owned).into(),
            never: BTreeSet::new(),
            allow_all: false,
        }
    }
}

/// What the baseline says of one rule.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RuleSettings {
    /// `false` switches the rule off and archives its findings.
    pub enabled: Option<bool>,
    /// In place of the rule's own.
    pub severity: Option<Severity>,
    /// Whether its failures are repaired; not unless it is said.
    pub repair: Option<RepairMode>,
    /// The rule's parameters by name.
    #[serde(flatten)]
    pub parameters: BTreeMap<String, Setting>,
}

/// The value of a parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Setting {
    /// Yes or no.
    Flag(bool),
    /// Days, percent, counts.
    Number(u32),
    /// Names.
    List(Vec<String>),
}

/// A knob of a rule: its name in the baseline, what it means and what holds without it.
#[derive(Debug)]
pub struct Parameter {
    /// Id of the rule.
    pub rule: &'static str,
    /// Key in `[rules.<rule>]`.
    pub name: &'static str,
    /// One sentence with the unit, no final full stop.
    pub meaning: &'static str,
    /// Kind and default.
    pub kind: SettingKind,
}

/// The kind of a parameter, with its default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingKind {
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Number(u32),
    /// Names.
    List(&'static [&'static str]),
}

impl Baseline {
    /// Whether failures of `rule` are repaired.
    pub fn repair_mode(&self, rule: &str) -> RepairMode {
        self.rules.get(rule).and_then(|set| set.repair).unwrap_or_default()
    }

    /// The number set for `parameter`, else its default. Zero for a parameter of another kind.
    pub fn number(&self, parameter: &Parameter) -> u32 {
        match (self.setting(parameter), parameter.kind) {
            (Some(Setting::Number(n)), _) => *n,
            (_, SettingKind::Number(n)) => n,
            _ => 0,
        }
    }

    /// Whether `parameter` is set, else its default. False for a parameter of another kind.
    pub fn flag(&self, parameter: &Parameter) -> bool {
        match (self.setting(parameter), parameter.kind) {
            (Some(Setting::Flag(f)), _) => *f,
            (_, SettingKind::Flag(f)) => f,
            _ => false,
        }
    }

    /// The names set for `parameter`, else its default. Empty for a parameter of another kind.
    pub fn list<'a>(&'a self, parameter: &Parameter) -> Vec<&'a str> {
        match (self.setting(parameter), parameter.kind) {
            (Some(Setting::List(names)), _) => names.iter().map(String::as_str).collect(),
            (_, SettingKind::List(names)) => names.to_vec(),
            _ => Vec::new(),
        }
    }

    fn setting(&self, parameter: &Parameter) -> Option<&Setting> {
        self.rules.get(parameter.rule)?.parameters.get(parameter.name)
    }
}
