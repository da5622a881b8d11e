//! What must change in the store so that it says what was judged. Pure.

use std::collections::BTreeMap;

use jiff::{Timestamp, ToSpan};
use model::{Fact, FunctionArn, Snapshot};

use crate::{
    AUTHOR, Finding, Observed, Status, Workflow, WorkflowUpdate,
    finding::{POLICIES, clip},
    judge::{Judged, Judgement, by_arn},
};

/// Open findings are published again this often, well inside the 90 days after which Security Hub
/// drops them.
const HEARTBEAT_DAYS: i64 = 60;

/// What was read whole, and may therefore be cleared; but nothing that was published after it was
/// asked for: that is of a function made since, or made anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Every function of the place: what is not among the judged is gone.
    Whole {
        /// When the list of functions was asked for.
        asked: Timestamp,
    },
    /// The judged functions and these, which are gone.
    Only {
        /// Functions that do not exist any more, and when they were asked for.
        gone: BTreeMap<FunctionArn, Timestamp>,
    },
}

impl Scope {
    /// When a function that was not judged was asked for; `None`: it was not.
    fn asked(&self, function: &FunctionArn) -> Option<Timestamp> {
        match self {
            Self::Whole { asked } => Some(*asked),
            Self::Only { gone } => gone.get(function).copied(),
        }
    }
}

/// The smallest set of calls that makes the store say what was judged.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// To be imported, in order.
    pub imports: Vec<Finding>,
    /// To be updated once the imports are in.
    pub updates: Vec<WorkflowUpdate>,
}

impl Plan {
    /// Nothing to do.
    pub fn is_empty(&self) -> bool {
        self.imports.is_empty() && self.updates.is_empty()
    }
}

/// Compares what was judged with what the store holds.
///
/// * `judged`: at most one entry a function.
/// * `observed`: every finding of ours about the judged functions, or about the whole place.
/// * `now`: the time of publication.
///
/// Applying the plan and reconciling again yields an empty plan. A finding outside `scope` is
/// never touched. Facts older than what the store holds change nothing: another run was faster.
pub fn reconcile(judged: &[Judged], observed: &[Observed], scope: &Scope, now: Timestamp) -> Plan {
    let judged_by_arn = by_arn(judged);
    let held: BTreeMap<(&FunctionArn, &str), &Observed> =
        functions(observed).map(|(arn, o)| ((arn, o.finding.rule.as_str()), o)).collect();
    let mut plan = Plan::default();

    for one in judged {
        for judgement in &one.judgements {
            let before = held.get(&(&one.function.arn, judgement.rule.id)).copied();
            Step { one, judgement, before, now }.take(&mut plan);
        }
    }
    for (function, before) in functions(observed) {
        let finding = &before.finding;
        let is_orphan = match judged_by_arn.get(function) {
            Some(one) => {
                let asked = one.judgements.iter().map(|judgement| judgement.rule.id);
                !asked.chain(one.unasked.iter().copied()).any(|id| id == finding.rule)
            }
            None => scope.asked(function).is_some_and(|asked| !is_later(finding, asked, now)),
        };
        if is_orphan && !finding.archived {
            plan.imports.push(archived(before, now, now));
        }
    }
    plan
}

/// Whether another run read later than `read_at` and has already published; a time in the future is
/// somebody's wrong clock.
fn is_later(held: &Finding, read_at: Timestamp, now: Timestamp) -> bool {
    held.updated_at > read_at && held.updated_at <= now
}

/// What is held of functions. Findings about accounts are another reconciliation's.
fn functions(observed: &[Observed]) -> impl Iterator<Item = (&FunctionArn, &Observed)> {
    observed.iter().filter_map(|held| Some((held.finding.about.function()?, held)))
}

struct Step<'a> {
    one: &'a Judged,
    judgement: &'a Judgement,
    before: Option<&'a Observed>,
    now: Timestamp,
}

impl Step<'_> {
    fn take(self, plan: &mut Plan) {
        let read_at = self.one.function.read_at;
        let Some(before) = self.before else {
            return self.first(plan);
        };
        if is_later(&before.finding, read_at, self.now) {
            return;
        }
        match self.judgement.finding(&self.one.function) {
            None if !before.finding.archived => {
                plan.imports.push(archived(before, read_at, self.now))
            }
            None => {}
            Some(new) if new.status == Status::Passed => self.passed(before, new, plan),
            Some(new) => self.open(before, new, plan),
        }
    }

    /// Nothing is held: publish what is wrong; what is right needs no finding.
    fn first(self, plan: &mut Plan) {
        let finding = self.judgement.finding(&self.one.function);
        let Some(mut finding) = finding.filter(|finding| finding.status != Status::Passed) else {
            return;
        };
        finding.initial = self.exempt_note().map(|note| (Workflow::Suppressed, note));
        plan.imports.push(finding);
    }

    fn passed(self, before: &Observed, new: Finding, plan: &mut Plan) {
        let held = &before.finding;
        if held.archived {
            return;
        }
        if held.status != Status::Passed {
            plan.imports.push(succeed(new, held, self.now));
        }
        if before.workflow != Workflow::Resolved && !suppressed_by_a_person(before) {
            let day = self.one.function.read_at.strftime("%F");
            plan.updates.push(self.update(Workflow::Resolved, format!("Complies since {day}.")));
        }
    }

    fn open(self, before: &Observed, new: Finding, plan: &mut Plan) {
        let held = &before.finding;
        let new = match &self.judgement.verdict {
            Err(gap) if still_stands(held, &new) => {
                unverified(held, &format!("{}: {}", gap.fact, gap.why), &new)
            }
            _ => new,
        };
        let update = self.workflow(before, reopens(held));
        // Updates leave no time behind. Without an import the next run could not tell that tags were
        // read later than its own, and would put the old ones back.
        plan.imports.extend(match update {
            Some(_) => Some(succeed(new, held, self.now)),
            None => renewed(new, held, self.now),
        });
        plan.updates.extend(update);
    }

    /// What brings the workflow of an open finding in line with the exemption.
    fn workflow(&self, before: &Observed, reopens: bool) -> Option<WorkflowUpdate> {
        let ours = before.note.as_ref().is_some_and(|note| note.by == AUTHOR);
        Some(match (self.exempt_note(), before.workflow) {
            (Some(note), Workflow::Suppressed) if ours && !says_the_same(before, &note) => {
                self.update(Workflow::Suppressed, note)
            }
            (Some(_), Workflow::Suppressed) => return None,
            (Some(note), _) => self.update(Workflow::Suppressed, note),
            (None, Workflow::Suppressed) if ours => {
                self.update(Workflow::New, self.why_not_exempt())
            }
            // Security Hub itself resets RESOLVED when a finding reopens.
            (None, Workflow::Resolved) if !reopens => {
                self.update(Workflow::New, STILL_THERE.to_owned())
            }
            (None, _) => return None,
        })
    }

    fn update(&self, workflow: Workflow, note: String) -> WorkflowUpdate {
        let id = crate::finding_id(&self.one.function.arn, self.judgement.rule.id);
        WorkflowUpdate { id, workflow, note }
    }

    /// Why what we suppressed counts again.
    fn why_not_exempt(&self) -> String {
        match &self.one.function.tags {
            Fact::Known(_) => "The exemption has ended or was withdrawn.".to_owned(),
            Fact::Unknown { unknown } => clip(
                &format!("Judged as if not exempt, for the tags could not be read: {unknown}."),
                512,
            ),
        }
    }

    fn exempt_note(&self) -> Option<String> {
        let exemption = self.judgement.exemption.as_ref()?;
        let mut text = format!("Exempt until {} by tag `{}`", exemption.until, exemption.tag);
        if let Some(by) = &exemption.by {
            text.push_str(&format!(", by {by}"));
        }
        if let Some(ticket) = &exemption.ticket {
            text.push_str(&format!(", ticket {ticket}"));
        }
        if let Some(actor) = &self.one.tagged_by {
            text.push_str(&format!("; tags last changed by {actor}"));
        }
        text.push('.');
        Some(clip(&text, 512))
    }
}

/// The actor of the tag change is known only when its event brought us here; a later run that
/// does not know it must not erase it.
fn says_the_same(before: &Observed, note: &str) -> bool {
    let stem = |text: &str| {
        text.split("; tags last").next().unwrap_or_default().trim_end_matches('.').to_owned()
    };
    let held = before.note.as_ref().map(|held| held.text.as_str()).unwrap_or_default();
    held == note || (stem(held) == stem(note) && !note.contains("; tags last"))
}

/// What is said of a finding that somebody resolved too early.
pub(crate) const STILL_THERE: &str = "Set to RESOLVED, but the defect is still there.";

/// Whether a finding that is wrong now was held to be right or gone.
pub(crate) fn reopens(held: &Finding) -> bool {
    held.archived || held.status == Status::Passed
}

/// The successor of `held` that is to be published: where a reader would see a difference, or
/// before Security Hub drops it.
pub(crate) fn renewed(new: Finding, held: &Finding, now: Timestamp) -> Option<Finding> {
    let age = now.duration_since(held.updated_at).as_hours();
    let differs = reopens(held) || new.digest() != held.digest();
    (differs || age >= HEARTBEAT_DAYS * 24).then(|| succeed(new, held, now))
}

pub(crate) fn suppressed_by_a_person(before: &Observed) -> bool {
    let by_us = before.note.as_ref().is_some_and(|note| note.by == AUTHOR);
    before.workflow == Workflow::Suppressed && !by_us
}

/// `new` as the successor of `held`: it keeps the dates of birth and is strictly later.
pub(crate) fn succeed(mut new: Finding, held: &Finding, now: Timestamp) -> Finding {
    new.created_at = held.created_at;
    new.first_observed_at = held.first_observed_at;
    if new.status == Status::Passed {
        new.last_observed_at = held.last_observed_at;
    }
    new.updated_at = later(held.updated_at, new.updated_at, now);
    new
}

/// Security Hub ignores an update that is not strictly later, and keeps milliseconds.
fn later(held: Timestamp, read_at: Timestamp, now: Timestamp) -> Timestamp {
    let next = held.checked_add(1.millisecond()).unwrap_or(now);
    read_at.max(next)
}

pub(crate) fn archived(before: &Observed, read_at: Timestamp, now: Timestamp) -> Finding {
    let held = &before.finding;
    Finding { archived: true, updated_at: later(held.updated_at, read_at, now), ..held.clone() }
}

/// Whether `held` is a failure that stays one, for `judgement` could not look at it again.
pub(crate) fn stays_failed(held: &Finding, judgement: &Judgement, function: &Snapshot) -> bool {
    // Most can be looked at, and need no finding put together.
    judgement.status() == Some(Status::NotAvailable)
        && judgement.finding(function).is_some_and(|new| still_stands(held, &new))
}

/// Whether a known failure may still be so: not where other policies have taken the place of those
/// it was said of.
fn still_stands(held: &Finding, new: &Finding) -> bool {
    if held.archived || held.status != Status::Failed {
        return false;
    }
    match (held.fields.get(POLICIES), new.fields.get(POLICIES)) {
        (Some(then), Some(now)) => then == now,
        _ => true,
    }
}

/// A known failure that could not be looked at again: still a failure, and it says so.
fn unverified(held: &Finding, why: &str, new: &Finding) -> Finding {
    let mut finding = Finding {
        updated_at: new.updated_at,
        tags: new.tags.clone(),
        resource: new.resource.clone(),
        ..held.clone()
    };
    finding.fields.insert("unverified".to_owned(), clip(why, 1024));
    finding
}

#[cfg(test)]
#[path = "reconcile_tests.rs"]
mod tests;
