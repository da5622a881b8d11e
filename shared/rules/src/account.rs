//! Rules about an account in a Region. No function stands before them: the use cases that go
//! through accounts find them broken, and say by what.

use model::{Baseline, Severity};

/// The words of a rule about an account.
#[derive(Debug)]
pub struct AccountRule {
    /// Names the defect. Never reused, and never the id of a rule about functions.
    pub id: &'static str,
    /// One sentence, no final full stop.
    pub title: &'static str,
    /// Unless the baseline sets another.
    pub severity: Severity,
    /// What an attacker or an outage gains from the defect.
    pub why: &'static str,
    /// What to change, in the imperative. At most 512 characters: Security Hub's limit.
    pub fix: &'static str,
    /// What is looked at, and when the finding is cleared; for `docs/RULES.md`.
    pub told_by: &'static str,
    /// Pages the rule rests on.
    pub sources: &'static [&'static str],
    /// First version that has the rule.
    pub since: &'static str,
}

/// Every rule about an account, by id.
pub static ACCOUNT_RULES: &[&AccountRule] = &[&COVERAGE_GAP];

/// A place that was to be looked at, and was not.
pub static COVERAGE_GAP: AccountRule = AccountRule {
    id: "coverage-gap",
    title: "An account or Region could not be looked at",
    severity: Severity::High,
    why: "What nobody looks at has no findings, and on every page that counts findings it looks \
          like what is sound.",
    fix: "Deploy infra/member.yaml to the account, check that its roles trust the security \
          account's roles and its external id is the stack's, and enable Security Hub CSPM there; \
          or name the account under `organization.exclude_accounts` of the baseline.",
    told_by: "Every night each account is entered by its read role before its Regions are swept, \
              and after the sweep each Region that was planned must have told what it saw. The \
              finding is published in the account itself where that can be entered and has \
              Security Hub, else in the security account. It is cleared by the first night that \
              succeeds.",
    sources: &[
        "https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-accounts.html",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_roles.html",
    ],
    since: "0.1.0",
};

impl AccountRule {
    /// The rule with this id, if there is one.
    pub fn find(id: &str) -> Option<&'static Self> {
        ACCOUNT_RULES.iter().copied().find(|rule| rule.id == id)
    }

    /// By the baseline, else the rule's own; `None`: the baseline switches the rule off.
    pub fn severity(&self, baseline: &Baseline) -> Option<Severity> {
        let set = baseline.rules.get(self.id);
        let is_off = set.is_some_and(|set| set.enabled == Some(false));
        (!is_off).then(|| set.and_then(|set| set.severity).unwrap_or(self.severity))
    }
}
