//! Findings about accounts: what could not be looked at, as a finding with a life of its own.

use std::collections::BTreeMap;

use jiff::Timestamp;
use model::{Baseline, Severity};
use rules::AccountRule;

use crate::{
    About, Finding, Observed, Place, Plan, Status, Workflow, WorkflowUpdate,
    finding::clip,
    reconcile::{STILL_THERE, archived, renewed, reopens, succeed, suppressed_by_a_person},
};

/// A rule about accounts that was found broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// Of whom it speaks.
    pub place: Place,
    /// What was seen, and the way out; one sentence without a final stop.
    pub saw: String,
}

/// What must change in a store so that it says of `rule` what was found. Pure.
///
/// * `complaints`: at most one a place.
/// * `observed`: what the store holds about accounts.
/// * `looked_at`: whether a place was looked at now, so that silence means it is sound.
///
/// A place neither complained of nor looked at stays as it is. A rule that the baseline switches
/// off is archived everywhere.
pub fn complain(
    rule: &'static AccountRule,
    complaints: &[Complaint],
    observed: &[Observed],
    looked_at: impl Fn(&Place) -> bool,
    baseline: &Baseline,
    now: Timestamp,
) -> Plan {
    let of_rule = observed.iter().filter(|held| held.finding.rule == rule.id);
    let held: BTreeMap<&About, &Observed> =
        of_rule.map(|held| (&held.finding.about, held)).collect();
    let mut plan = Plan::default();
    let Some(severity) = rule.severity(baseline) else {
        for before in held.into_values().filter(|before| !before.finding.archived) {
            plan.imports.push(archived(before, now, now));
        }
        return plan;
    };
    let mut open = Vec::new();
    for complaint in complaints {
        let about = About::Account(complaint.place.clone());
        let new = finding(rule, severity, complaint, now);
        match held.get(&about) {
            Some(before) => persists(before, new, now, &mut plan),
            None => plan.imports.push(new),
        }
        open.push(about);
    }
    for (about, before) in held {
        if !open.contains(about) && looked_at(&about.place()) {
            cleared(before, now, &mut plan);
        }
    }
    plan
}

fn finding(
    rule: &AccountRule,
    severity: Severity,
    complaint: &Complaint,
    now: Timestamp,
) -> Finding {
    let Complaint { place, saw } = complaint;
    Finding {
        about: About::Account(place.clone()),
        rule: rule.id.to_owned(),
        title: rule.title.to_owned(),
        description: clip(&format!("{place}: {saw}. {}", rule.why), 1024),
        severity,
        status: Status::Failed,
        archived: false,
        remedy: rule.fix.to_owned(),
        source: rule.sources.first().map(|source| (*source).to_owned()),
        requirements: Vec::new(),
        created_at: now,
        updated_at: now,
        first_observed_at: now,
        last_observed_at: now,
        initial: None,
        fields: BTreeMap::new(),
        tags: BTreeMap::new(),
        resource: None,
    }
}

fn persists(before: &Observed, new: Finding, now: Timestamp, plan: &mut Plan) {
    let held = &before.finding;
    plan.imports.extend(renewed(new, held, now));
    // Security Hub itself resets RESOLVED when a finding reopens.
    if before.workflow == Workflow::Resolved && !reopens(held) {
        let (id, note) = (held.id(), STILL_THERE.to_owned());
        plan.updates.push(WorkflowUpdate { id, workflow: Workflow::New, note });
    }
}

fn cleared(before: &Observed, now: Timestamp, plan: &mut Plan) {
    let held = &before.finding;
    if held.archived {
        return;
    }
    if held.status != Status::Passed {
        let new = Finding { status: Status::Passed, updated_at: now, ..held.clone() };
        plan.imports.push(succeed(new, held, now));
    }
    if before.workflow != Workflow::Resolved && !suppressed_by_a_person(before) {
        let note = format!("Looked at again on {}.", now.strftime("%F"));
        plan.updates.push(WorkflowUpdate { id: held.id(), workflow: Workflow::Resolved, note });
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use rules::COVERAGE_GAP;

    use super::*;

    fn place(account: &str) -> Place {
        let part = |text: &str| text.to_owned();
        Place { partition: part("aws"), account: part(account), region: part("eu-west-1") }
    }

    /// Applies `plan` to `held` as Security Hub would.
    fn applied(held: &[Observed], plan: &Plan) -> Vec<Observed> {
        let mut store: BTreeMap<String, Observed> =
            held.iter().map(|one| (one.finding.id(), one.clone())).collect();
        for new in &plan.imports {
            let fresh = Observed { finding: new.clone(), workflow: Workflow::New, note: None };
            let entry = store.entry(new.id()).or_insert(fresh);
            let reopens = entry.finding.status == Status::Passed && new.status == Status::Failed;
            entry.finding = new.clone();
            if reopens {
                entry.workflow = Workflow::New;
            }
        }
        for update in &plan.updates {
            store.get_mut(&update.id).unwrap().workflow = update.workflow;
        }
        store.into_values().collect()
    }

    #[test]
    fn a_gap_opens_stays_closes_and_opens_again() {
        let nights = [
            // What is complained of, whether both were looked at, and how many calls that takes.
            (Some("denied"), true, (1, 0)),
            (Some("denied"), true, (0, 0)),
            (Some("throttled"), true, (1, 0)),
            (None, false, (0, 0)),
            (None, true, (1, 1)),
            (None, true, (0, 0)),
            (Some("denied"), true, (1, 0)),
        ];
        let mut now: Timestamp = "2026-06-01T00:00:00Z".parse().unwrap();
        let first = now;
        let mut store = Vec::new();
        for (saw, looked_at, expected) in nights {
            let complaint = |saw: &str| Complaint { place: place("111122223333"), saw: saw.into() };
            let complaints: Vec<_> = saw.into_iter().map(complaint).collect();
            let baseline = Baseline::default();
            let looked_at = |_: &Place| looked_at;
            let plan = complain(&COVERAGE_GAP, &complaints, &store, looked_at, &baseline, now);
            assert_eq!((plan.imports.len(), plan.updates.len()), expected, "{saw:?}");
            store = applied(&store, &plan);
            let again = complain(&COVERAGE_GAP, &complaints, &store, looked_at, &baseline, now);
            assert!(again.is_empty(), "{again:?}");
            now = now.checked_add(24.hours()).unwrap();
        }
        let [held] = &store[..] else { panic!("{store:?}") };
        assert_eq!(held.finding.first_observed_at, first);
        assert_eq!((held.workflow, held.finding.status), (Workflow::New, Status::Failed));
    }

    #[test]
    fn a_rule_switched_off_archives_what_it_found() {
        let now: Timestamp = "2026-06-01T00:00:00Z".parse().unwrap();
        let complaints = [Complaint { place: place("111122223333"), saw: "denied".into() }];
        let baseline = Baseline::default();
        let plan = complain(&COVERAGE_GAP, &complaints, &[], |_| true, &baseline, now);
        let store = applied(&[], &plan);
        let off = rules::baseline::parse("[rules.coverage-gap]\nenabled = false").unwrap();
        let plan = complain(&COVERAGE_GAP, &complaints, &store, |_| true, &off, now);
        assert!(plan.imports.iter().all(|finding| finding.archived) && plan.imports.len() == 1);
        assert!(plan.imports[0].updated_at > now, "later than what is held");
    }
}
