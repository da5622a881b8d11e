use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{Baseline, Gap};

/// What a rule may consult besides the snapshot. Data only: a rule has no clock and no network.
#[derive(Clone, Debug)]
pub struct Context {
    /// The day the judgement is made, UTC.
    pub today: Date,
    /// When AWS withdraws which runtime.
    pub calendar: Calendar,
    /// What this organisation asks for.
    pub baseline: Baseline,
}

/// The runtime calendar, as read from AWS's pages on one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// The day the sources were read.
    pub read: Date,
    /// Pages the dates come from.
    pub sources: Vec<String>,
    /// Lifecycle by runtime identifier.
    pub runtimes: BTreeMap<String, RuntimeLife>,
}

/// Days on which AWS withdraws a runtime; absent while AWS has named no day.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html>
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct RuntimeLife {
    /// No security patches from this day.
    pub deprecated: Option<Date>,
    /// No new functions from this day.
    pub create_block: Option<Date>,
    /// No updates of existing functions from this day.
    pub update_block: Option<Date>,
    /// The runtime AWS suggests instead.
    pub successor: Option<String>,
    /// `AL1`, `AL2`, `AL2023`.
    pub os: Option<String>,
    /// Exists as a container base image only.
    pub image_only: bool,
}

/// A rule's answer, or the gap that kept it from answering.
pub type Verdict = Result<Outcome, Gap>;

/// A rule's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The function complies.
    Pass,
    /// The function does not comply.
    Fail(Evidence),
    /// The rule does not speak about this function, and why.
    NotApplicable(&'static str),
}

/// Where the violation sits and what was seen there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Path in the AWS API's own field names, e.g. `Environment.Variables`.
    pub at: &'static str,
    /// One sentence without a final full stop. Names of variables, never values.
    pub saw: String,
}

impl Evidence {
    /// A failing outcome at `at`.
    pub fn fail(at: &'static str, saw: impl Into<String>) -> Outcome {
        Outcome::Fail(Self { at, saw: saw.into() })
    }
}

/// How bad a violation is, in Security Hub's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names are Security Hub's")]
pub enum Severity {
    Informational,
    Low,
    Medium,
    High,
    Critical,
}

impl Severity {
    /// All of them, the worst first.
    pub const ALL: [Self; 5] =
        [Self::Critical, Self::High, Self::Medium, Self::Low, Self::Informational];

    /// `LOW`, as Security Hub spells it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Informational => "INFORMATIONAL",
            Self::Low => "LOW",
            Self::Medium => "MEDIUM",
            Self::High => "HIGH",
            Self::Critical => "CRITICAL",
        }
    }
}
