//! Judged functions as reports tell them.

use std::{collections::BTreeSet, mem};

use jiff::Timestamp;
use model::{Baseline, RoleState, Snapshot};
use report::{Exemption, Finding, Posture, Role, Rule, Status};
use serde::{Deserialize, Serialize};
use usage::Verdict;

use crate::{Judged, Judgement};

/// A piece of a posture: what some of a place's functions add to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Violations, exempt ones among them, and what could not be told.
    pub findings: Vec<Finding>,
    /// Roles judged by what they were used for.
    pub roles: Vec<Role>,
}

/// What the store held of a judgement before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Before {
    /// When it was first seen, where that is known.
    pub first_seen: Option<Timestamp>,
    /// It is a failure that could not be looked at again, and stays one.
    pub stays_failed: bool,
}

/// Makes parts of judged functions. A role that many of them share is told once.
#[derive(Debug)]
pub struct Parts<'a> {
    baseline: &'a Baseline,
    roles: BTreeSet<String>,
    part: Part,
}

impl<'a> Parts<'a> {
    /// None yet.
    ///
    /// * `baseline`: by which the functions were judged.
    pub fn new(baseline: &'a Baseline) -> Self {
        Self { baseline, roles: BTreeSet::new(), part: Part::default() }
    }

    /// Takes one function in.
    ///
    /// * `before`: what was held of it.
    pub fn add(&mut self, judged: &Judged, before: impl Fn(&Judgement) -> Before) {
        for judgement in &judged.judgements {
            let told = finding(judgement, &judged.function, before(judgement));
            self.part.findings.extend(told);
        }
        if let Some(RoleState::Present(role)) = judged.function.role.known()
            && !self.roles.contains(&role.arn)
            && let Some(told) = of_role(role, &judged.function, self.baseline)
        {
            self.roles.insert(role.arn.clone());
            self.part.roles.push(told);
        }
    }

    /// Findings since the last part.
    pub fn findings(&self) -> usize {
        self.part.findings.len()
    }

    /// What was taken in since the last part.
    pub fn take(&mut self) -> Part {
        mem::take(&mut self.part)
    }
}

impl Part {
    /// Puts it into `posture`, with the words of its rules. The posture is to be sorted then.
    pub fn add_to(self, posture: &mut Posture) {
        for one in &self.findings {
            if !posture.rules.contains_key(&one.rule)
                && let Ok(rule) = rules::find(&one.rule)
            {
                posture.rules.insert(one.rule.clone(), words(rule));
            }
        }
        posture.findings.extend(self.findings);
        posture.roles.extend(self.roles);
    }
}

fn finding(judgement: &Judgement, function: &Snapshot, before: Before) -> Option<Finding> {
    let (status, evidence) = match judgement.status()? {
        crate::Status::NotAvailable if before.stays_failed => {
            (Status::Failed, format!("unverified: {}", judgement.says()))
        }
        crate::Status::Failed => (Status::Failed, judgement.says()),
        crate::Status::NotAvailable => (Status::Unknown, judgement.says()),
        crate::Status::Passed => return None,
    };
    let exemption = judgement.exemption.as_ref().map(|one| Exemption {
        until: one.until,
        by: one.by.clone(),
        ticket: one.ticket.clone(),
    });
    Some(Finding {
        rule: judgement.rule.id.to_owned(),
        severity: judgement.severity,
        function: function.arn.clone(),
        owner: function.tags.known().and_then(report::owner).map(str::to_owned),
        status,
        first_seen: before.first_seen,
        evidence,
        exemption,
    })
}

/// What becomes of the permissions of a function's role; `None` where there is no ledger, or
/// nobody can edit the role.
fn of_role(role: &model::Role, function: &Snapshot, baseline: &Baseline) -> Option<Role> {
    if usage::is_service_linked(&role.arn) {
        return None;
    }
    let (calls, users) = (function.usage.known()?, function.role_users.known()?);
    let settings = rules::usage_settings(baseline);
    // Where its policies could not be read, the finding says so.
    let judgement = usage::judge(role, users, calls, &settings).ok()?;
    let least = rules::least_confidence(baseline);
    let mut told = Role {
        role: role.arn.clone(),
        granted: judgement.actions.len() as u64,
        used: 0,
        unused: 0,
        unverifiable: 0,
    };
    for one in &judgement.actions {
        match one.verdict {
            Verdict::Used | Verdict::OverBroad { .. } | Verdict::NeededByLambda => told.used += 1,
            Verdict::Unused if one.confidence >= Some(least) => told.unused += 1,
            Verdict::Unused | Verdict::Unverifiable { .. } => told.unverifiable += 1,
            Verdict::AttemptedDenied | Verdict::Ineffective { .. } | Verdict::Invalid => {}
        }
    }
    Some(told)
}

fn words(rule: &rules::Rule) -> Rule {
    Rule {
        title: rule.title.to_owned(),
        why: rule.why.to_owned(),
        fix: rule.fix.to_owned(),
        source: rule.sources.first().map(|&source| source.to_owned()),
        requirements: rule.requirements().iter().map(|&one| one.to_owned()).collect(),
    }
}

#[cfg(test)]
#[path = "posture_tests.rs"]
mod tests;
