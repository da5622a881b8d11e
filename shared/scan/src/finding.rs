use std::{collections::BTreeMap, fmt};

use jiff::Timestamp;
use model::{FunctionArn, Severity};
use sha2::{Digest, Sha256};

use crate::Place;

/// A finding as we publish it. The adapter turns it into the store's wire form and back.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Of whom it speaks.
    pub about: About,
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
    /// More for the reader, by short key: `at`, `unverified`, `facts-read-at`, `policies`.
    pub fields: BTreeMap<String, String>,
    /// Function tags as read.
    pub tags: BTreeMap<String, String>,
    /// The function's settings; `None` where it is gone.
    pub resource: Option<Resource>,
}

/// Whom a finding speaks of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum About {
    /// A function.
    Function(FunctionArn),
    /// An account in a Region.
    Account(Place),
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

/// The field that says when facts were read that were remembered from an earlier run.
pub(crate) const FACTS_READ_AT: &str = "facts-read-at";

/// The field that says which policies of the role are spoken of.
pub(crate) const POLICIES: &str = "policies";

/// Sixteen hexadecimal digits that are the same for the same words.
pub(crate) fn fingerprint(words: &[impl AsRef<[u8]>]) -> String {
    let mut hash = Sha256::new();
    for word in words.iter().map(AsRef::as_ref) {
        hash.update(word.len().to_be_bytes());
        hash.update(word);
    }
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
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
    /// `<subject>/<rule id>`: stable for the life of the subject.
    pub fn id(&self) -> String {
        format!("{}/{}", self.about, self.rule)
    }

    /// Tells whether a reader would see a difference: equal digests need no new publication.
    ///
    /// Times, that of reading among them, tags and settings of the resource are left out: every deployment changes them, and
    /// none of them changes what the finding says.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        let fields = self.fields.iter().filter(|(key, _)| *key != FACTS_READ_AT);
        let fields = fields.flat_map(|(key, value)| [key, value]);
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

impl About {
    /// Where the subject is.
    pub fn place(&self) -> Place {
        match self {
            Self::Function(arn) => Place::of(arn),
            Self::Account(place) => place.clone(),
        }
    }

    /// The function, if it is one.
    pub fn function(&self) -> Option<&FunctionArn> {
        match self {
            Self::Function(arn) => Some(arn),
            Self::Account(_) => None,
        }
    }

    /// The id by which Security Hub knows the resource: a function's ARN, or
    /// `AWS::::Account:<account>`.
    ///
    /// Source: <https://docs.aws.amazon.com/securityhub/latest/userguide/asff-resourcedetails-attributes.html>
    pub fn resource_id(&self) -> String {
        match self {
            Self::Function(arn) => arn.to_string(),
            Self::Account(place) => format!("{ACCOUNT}{}", place.account),
        }
    }

    /// Reads a finding's id, as found in `place`: the subject, and the rule's id.
    ///
    /// An account may be spoken of elsewhere than at home, for it may be out of reach.
    pub fn of_finding(id: &str, place: &Place) -> Option<(Self, String)> {
        let (about, rule) = match id.strip_prefix(ACCOUNT) {
            Some(rest) => {
                let mut parts = rest.splitn(3, '/').map(str::to_owned);
                let (account, region) = (parts.next()?, parts.next()?);
                let is_account = model::is_account(&account);
                let partition = place.partition.clone();
                let about = Self::Account(Place { partition, account, region });
                (is_account.then_some(about)?, parts.next()?)
            }
            None => {
                let (arn, rule) = id.split_once('/')?;
                let arn: FunctionArn = arn.parse().ok()?;
                ((Place::of(&arn) == *place).then_some(Self::Function(arn))?, rule.to_owned())
            }
        };
        (format!("{about}/{rule}") == id && !rule.is_empty()).then_some((about, rule))
    }
}

impl fmt::Display for About {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Function(arn) => write!(f, "{arn}"),
            Self::Account(place) => write!(f, "{}/{}", self.resource_id(), place.region),
        }
    }
}

/// What the ids of accounts begin with.
const ACCOUNT: &str = "AWS::::Account:";

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
    use super::{About, FACTS_READ_AT, clip};

    #[test]
    fn an_id_is_read_back_and_nothing_else_is() {
        let place = crate::Place {
            partition: "aws".into(),
            account: "111122223333".into(),
            region: "eu-west-1".into(),
        };
        let there = crate::Place { account: "444455556666".into(), ..place.clone() };
        let function = "arn:aws:lambda:eu-west-1:111122223333:function:pay";
        for (id, expected) in [
            (format!("{function}/role-admin"), Some(About::Function(function.parse().unwrap()))),
            ("AWS::::Account:111122223333/eu-west-1/x".into(), Some(About::Account(place.clone()))),
            ("AWS::::Account:444455556666/eu-west-1/x".into(), Some(About::Account(there))),
            ("AWS::::Account:444455556666/x".into(), None),
            ("AWS::::Account:44445555666/eu-west-1/x".into(), None),
            ("AWS::::Account:444455556666/eu-west-1/".into(), None),
            (format!("{function}:live/x"), None),
            (format!("{}/x", function.replace("eu-west-1", "eu-west-2")), None),
            (format!("{function}/"), None),
        ] {
            let read = About::of_finding(&id, &place);
            assert_eq!(read.as_ref().map(|(about, _)| about), expected.as_ref(), "{id}");
            assert!(read.is_none_or(|(about, rule)| format!("{about}/{rule}") == id));
        }
    }

    #[test]
    fn when_facts_were_read_makes_no_difference_to_a_reader() {
        let judged = crate::judge(crate::testing::snapshot(), &testing_context());
        let finding = judged.judgements.iter().find_map(|one| one.finding(&judged.function));
        let plain = finding.unwrap();
        let with = |key: &str| {
            let mut other = plain.clone();
            other.fields.insert(key.to_owned(), "2026-06-01T00:00:00Z".to_owned());
            other.digest()
        };
        assert_eq!(with(FACTS_READ_AT), plain.digest());
        assert_ne!(with("unverified"), plain.digest());
    }

    fn testing_context() -> model::Context {
        model::Context {
            today: "2026-06-01".parse().unwrap(),
            calendar: rules::calendar().unwrap(),
            baseline: model::Baseline::default(),
        }
    }

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
