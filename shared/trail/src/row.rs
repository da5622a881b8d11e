use std::collections::BTreeSet;

use jiff::Timestamp;
use model::{Attribution, CallKind, CallOutcome, FunctionArn};
use serde::{Deserialize, Serialize};

use crate::arns;

/// Calls of one role on one day that are counted together: a line of a digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The role's ARN with its path, from the session's issuer.
    pub role: String,
    /// `AROA…`, which a role made again under the same name does not share.
    pub role_id: Option<String>,
    /// Whose code called; `None` where the role is known and the function is not.
    pub function: Option<FunctionArn>,
    /// The version or alias the credentials were issued to.
    pub qualifier: Option<String>,
    /// How `function` was found. By [`Attribution::Session`] and [`Attribution::UserAgent`] it is
    /// the session's name and not yet compared with the functions that have the role.
    pub attribution: Attribution,
    /// Who caused the call.
    pub kind: CallKind,
    /// IAM action; `None` where the event maps to no action we know.
    pub action: Option<String>,
    /// Event source and name as recorded: `s3.amazonaws.com:GetObject`.
    pub event: String,
    /// What came of it.
    pub outcome: CallOutcome,
    /// `awsRegion` of the events, which is not always the Region of the log file.
    pub aws_region: String,
    /// ARNs of the resources.
    pub arns: BTreeSet<String>,
    /// There were too many: `arns` is one text with a final `*` that covers them.
    pub many: bool,
    /// Of at least one call the resource is not known.
    pub unknown: bool,
    /// Time of the first call.
    pub first: Timestamp,
    /// Time of the last call.
    pub last: Timestamp,
    /// Calls.
    pub count: u64,
}

/// What tells rows of one digest apart; their order in it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct RowKey<'a> {
    role: &'a str,
    role_id: Option<&'a str>,
    function: Option<&'a str>,
    qualifier: Option<&'a str>,
    action: Option<&'a str>,
    event: &'a str,
    aws_region: &'a str,
    kind: CallKind,
    attribution: Attribution,
    outcome: CallOutcome,
}

impl Row {
    pub(crate) fn key(&self) -> RowKey<'_> {
        RowKey {
            role: &self.role,
            role_id: self.role_id.as_deref(),
            function: self.function.as_ref().map(FunctionArn::as_str),
            qualifier: self.qualifier.as_deref(),
            action: self.action.as_deref(),
            event: &self.event,
            aws_region: &self.aws_region,
            kind: self.kind,
            attribution: self.attribution,
            outcome: self.outcome,
        }
    }

    /// Takes in a row of the same key and day that counts some of the same calls.
    pub(crate) fn join(&mut self, other: &Self) {
        self.count = self.count.max(other.count);
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.unknown |= other.unknown;
        arns::join(&mut self.arns, &mut self.many, &other.arns, other.many);
    }

    /// Takes in a row of the same key and day that counts other calls.
    pub(crate) fn add(&mut self, other: &Self) {
        let count = self.count + other.count;
        self.join(other);
        self.count = count;
    }
}
