//! The policy that would do.

use iam::Policy;
use model::FunctionArn;
use serde::Serialize;

/// A replacement for every policy of a role: never wider than they are.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Proposal {
    /// What to attach instead of everything in `replaces`. Empty: the role needs no permission.
    pub policies: Vec<ProposedPolicy>,
    /// The policies of today, by name. The boundary stays.
    pub replaces: Vec<String>,
    /// Whether it differs from today's policies in what it grants.
    pub changes: bool,
    /// Granted actions that stay.
    pub kept: usize,
    /// Granted actions that go.
    pub removed: usize,
    /// Actions among the kept that are granted on fewer resources than today.
    pub narrowed: usize,
    /// What a person should know before applying it.
    pub warnings: Vec<Warning>,
    /// Conditions that the observed calls would meet, left to a person to add.
    pub suggestions: Vec<Suggestion>,
}

/// One document of a proposal.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ProposedPolicy {
    /// Of the policy to make.
    pub name: String,
    /// Where it goes.
    pub place: Place,
    /// The document.
    pub document: Policy,
    /// Characters that count.
    pub size: usize,
    /// Characters that are allowed.
    pub limit: usize,
}

/// Where a document of a proposal goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// Into the role itself.
    Inline,
    /// A customer managed policy of this role alone.
    Managed,
}

/// What a person should know before applying a proposal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "warning", rename_all = "kebab-case")]
pub enum Warning {
    /// A pattern of the proposal will match more as AWS adds to its services.
    Growing {
        /// E.g. `s3:Get*`.
        pattern: String,
    },
    /// A statement of today stays as it is: taken apart it would not fit.
    KeptWhole {
        /// Name of the policy.
        policy: String,
        /// Statement, from 0.
        statement: usize,
    },
    /// It fits only with more characters or policies than IAM allows.
    TooLarge {
        /// Characters of all documents.
        size: usize,
    },
    /// Others than Lambda may assume the role.
    TrustsOthers,
    /// Nothing is proposed for the role: AWS owns it.
    ServiceLinked,
}

/// A condition that the observed calls would meet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Suggestion {
    /// `Sid` of the statement of the proposal.
    pub sid: String,
    /// E.g. `aws:RequestedRegion`.
    pub key: String,
    /// Values for `StringEquals`.
    pub values: Vec<String>,
}

/// What a function of a shared role would need as its own role.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct OwnRole<'a> {
    /// Unqualified.
    pub function: &'a FunctionArn,
    /// In place of the shared role's policies.
    pub proposal: Proposal,
}
