//! What mends a failure of which rule. Pure: facts in, wanted states out.
//!
//! A remedy also says what the function will look like, and the same rule judges that: what would
//! not satisfy it is not begun.

mod exposure;
mod role;
mod settings;

use iam::Policy;
use model::{Context, FunctionArn, Key, Snapshot};

use super::{Slot, State};

/// What mends the failures of one rule.
pub(super) struct Remedy {
    /// Id of the rule.
    pub(super) rule: &'static str,
    /// Says what to change, or why nothing can be done, as one sentence without a final stop.
    pub(super) draft: fn(&Case<'_>) -> Result<Draft, String>,
    /// Facts that the rule may still miss afterwards, because the repair leaves alone what nobody
    /// can tell.
    pub(super) leaves: &'static [&'static str],
}

/// What a remedy goes by.
pub(super) struct Case<'a> {
    /// Of the repair.
    pub(super) id: &'a str,
    /// As it is now.
    pub(super) function: &'a Snapshot,
    pub(super) cx: &'a Context,
    /// The key of the baseline, as it is where the function is, and its policy.
    pub(super) key: Option<(Key, Policy)>,
}

/// What is to be done.
#[derive(Debug)]
pub(super) struct Draft {
    /// In the imperative, without a final stop: "set the key of the variables to `…`".
    pub(super) summary: String,
    /// What a person should know besides, each a sentence.
    pub(super) remarks: Vec<String>,
    /// In order. The function must never have less than it needs.
    pub(super) wanted: Vec<Wanted>,
    /// The function as it will be.
    pub(super) mended: Box<Snapshot>,
    /// Who may fare worse afterwards.
    pub(super) watched: Vec<FunctionArn>,
    /// Pairs of documents, new and old, of which AWS is asked too.
    pub(super) proofs: Vec<(String, String)>,
}

/// A slot and what shall stand there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) slot: Slot,
    pub(super) after: State,
}

/// Every rule that can be repaired. `rules::REPAIRABLE` says how boldly.
pub(super) static REMEDIES: &[Remedy] = &[
    Remedy { rule: "concurrency-unreserved", draft: settings::concurrency, leaves: &[] },
    Remedy { rule: "env-key-not-customer-managed", draft: settings::key, leaves: &[] },
    Remedy { rule: "failure-path-missing", draft: settings::failure_path, leaves: &[] },
    Remedy { rule: "log-retention-unset", draft: settings::retention, leaves: &[] },
    Remedy { rule: "policy-public", draft: exposure::public_policy, leaves: &[] },
    Remedy { rule: "role-action-wildcard", draft: role::narrow, leaves: &[] },
    Remedy { rule: "role-admin", draft: role::narrow, leaves: &[] },
    Remedy { rule: "role-permission-unused", draft: role::narrow, leaves: &["use of the role"] },
    Remedy { rule: "runtime-deprecated", draft: settings::runtime, leaves: &[] },
    Remedy { rule: "tracing-off", draft: settings::tracing, leaves: &[] },
    Remedy { rule: "url-public", draft: exposure::public_url, leaves: &[] },
];

impl Remedy {
    pub(super) fn of(rule: &str) -> Option<&'static Self> {
        REMEDIES.iter().find(|remedy| remedy.rule == rule)
    }
}

impl Case<'_> {
    /// A remark on what published versions keep, which nobody can change.
    fn versions(&self, what: &str) -> Vec<String> {
        let qualifiers = self.function.qualifiers.known().map_or(&[][..], Vec::as_slice);
        let count = qualifiers
            .iter()
            .filter(|one| matches!(one.kind, model::QualifierKind::Version { .. }))
            .count();
        match count {
            0 => Vec::new(),
            1 => vec![format!(
                "1 published version keeps its {what}: publish a new version and move the aliases to it"
            )],
            _ => vec![format!(
                "{count} published versions keep their {what}: publish a new version and move the aliases to it"
            )],
        }
    }

    /// A draft that changes slots of the function and watches it.
    fn draft(&self, wanted: Vec<Wanted>, summary: String, mended: Snapshot) -> Draft {
        Draft {
            summary,
            remarks: Vec::new(),
            wanted,
            mended: Box::new(mended),
            watched: vec![self.function.arn.clone()],
            proofs: Vec::new(),
        }
    }

    /// A draft that changes one slot.
    fn one(&self, slot: Slot, after: State, summary: String, mended: Snapshot) -> Draft {
        self.draft(vec![Wanted { slot, after }], summary, mended)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_said_to_be_repairable_is() {
        let said: Vec<&str> = rules::REPAIRABLE.iter().map(|(id, _)| *id).collect();
        let known: Vec<&str> = REMEDIES.iter().map(|remedy| remedy.rule).collect();
        assert_eq!(said, known);
    }
}
