use std::collections::BTreeMap;

use jiff::Timestamp;
use model::{FunctionArn, Severity};
use sha2::{Digest, Sha256};

/// A finding as we publish it. The adapter turns it into the store's wire form and back.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Of whom it speaks.
    pub function: FunctionArn,
    /// Id of the rule. A string, for a finding may outlive its rule.
    pub rule: String,
    /// At most 256 characters.
    pub title: String,
    /// What was seen and where; at most 1024 characters. Never a variable's value.
    pub description: String,
    /// Of the defect; a finding that passed is informational on the wire.
    pub severity: Severity,
    /// What the rule said.
    pub status: Status,
    /// The subject or the rule is gone.
    pub archived: bool,
    /// What to do, at most 512 characters.
    pub remedy: String,
    /// Where to read on.
    pub source: Option<String>,
    /// `NIST.800-53.r5 AC-6`, at most 32.
    pub requirements: Vec<String>,
    /// First publication.
    pub created_at: Timestamp,
    /// Of the facts; strictly later than any earlier publication's.
    pub updated_at: Timestamp,
    /// First time the defect was seen; kept for ever.
    pub first_observed_at: Timestamp,
    /// Last time the defect was seen.
    pub last_observed_at: Timestamp,
    /// Set at creation only; later changes go through [`WorkflowUpdate`].
    pub initial: Option<(Workflow, String)>,
    /// More for the reader, by short key: `at`, `unverified`, `variables`.
    pub fields: BTreeMap<String, String>,
    /// Function tags as read.
    pub tags: BTreeMap<String, String>,
    /// The function's settings; `None` where it is gone.
    pub resource: Option<Resource>,
}

/// The function's settings as Security Hub's `AwsLambdaFunction` details show them, without
/// variables.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resource {
    /// Plain settings.
    pub settings: model::Settings,
    /// `python3.13`; `None` for an image.
    pub runtime: Option<String>,
    /// `KMSKeyArn`.
    pub key: Option<String>,
    /// Layer version ARNs.
    pub layers: Vec<String>,
    /// VPC id, subnet ids, security group ids.
    pub vpc: Option<(String, Vec<String>, Vec<String>)>,
}

/// `Compliance.Status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The rule failed.
    Failed,
    /// The rule passed; published only over an earlier failure.
    Passed,
    /// The rule could not see.
    NotAvailable,
}

/// `Workflow.Status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workflow {
    /// Nobody has looked.
    New,
    /// The owner was told.
    Notified,
    /// Nothing more will be done.
    Suppressed,
    /// Mended.
    Resolved,
}

/// A finding as the store holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct Observed {
    /// Without `resource` and `initial`: nobody needs them again.
    pub finding: Finding,
    /// As people and we have set it.
    pub workflow: Workflow,
    /// The last note and who wrote it.
    pub note: Option<Note>,
}

/// A note on a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// At most 512 characters.
    pub text: String,
    /// A person, or [`AUTHOR`].
    pub by: String,
}

/// Whom our notes are by.
pub const AUTHOR: &str = "lambda-warden";

/// A change of workflow, with the note that explains it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkflowUpdate {
    /// Of the finding.
    pub id: String,
    /// The new status.
    pub workflow: Workflow,
    /// Why, at most 512 characters; signed [`AUTHOR`].
    pub note: String,
}

impl Finding {
    /// `<function ARN>/<rule id>`: stable for the life of the function.
    pub fn id(&self) -> String {
        finding_id(&self.function, &self.rule)
    }

    /// Tells whether a reader would see a difference: equal digests need no new publication.
    ///
    /// Times, tags and settings of the resource are left out: every deployment changes them, and
    /// none of them changes what the finding says.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        let fields = self.fields.iter().flat_map(|(key, value)| [key, value]);
        let words = [&self.title, &self.description, &self.remedy];
        for word in words.into_iter().chain(&self.source).chain(&self.requirements).chain(fields) {
            hash.update(word.len().to_be_bytes());
            hash.update(word);
        }
        hash.update(self.severity.label());
        hash.update([self.status as u8, u8::from(self.archived)]);
        hash.finalize().iter().take(12).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// `<function ARN>/<rule id>`
pub fn finding_id(function: &FunctionArn, rule: &str) -> String {
    format!("{function}/{rule}")
}

/// `text` as the store keeps it: control characters become spaces, and at most `most` characters
/// stay, the last of them `…` where something was lost.
///
/// Findings are cut when they are made, so that what the store gives back compares equal.
pub(crate) fn clip(text: &str, most: usize) -> String {
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    if text.chars().count() <= most {
        return plain.collect();
    }
    plain.take(most.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::clip;

    #[test]
    fn texts_are_cut_by_characters() {
        for (text, most, expected) in [
            ("short", 5, "short"),
            ("longer", 5, "long…"),
            ("grün", 4, "grün"),
            ("grüner", 4, "grü…"),
            ("two\nlines", 20, "two lines"),
            ("", 0, ""),
        ] {
            assert_eq!(clip(text, most), expected);
        }
    }
}
